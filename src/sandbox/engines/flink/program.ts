import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type FlinkProgram, FlinkRefused } from "../../flink-engine.ts";
import { locate } from "../spark/locations.ts";
import type { RunRequest } from "./rest.ts";
import { splitStatements } from "./statements.ts";

/** A program as Flink's REST takes it. */
export interface Submission {
  /** Uploaded once. */
  jar: string;
  request: Omit<RunRequest, "parallelism">;
}

/** Throws FlinkRefused for what is not there. */
export function renderProgram(program: FlinkProgram, storageFolder: string, sandboxJar: string): Submission {
  if (program.kind === "sql") {
    const statements = splitStatements(program.statements);
    if (statements.length === 0) throw new FlinkRefused("the program has no statement");
    return { jar: sandboxJar, request: { entryClass: "sandbox.flink.SqlProgram", programArgsList: statements } };
  }
  const dependencies = program.dependencyJars.map((each) => pathToFileURL(find(each, storageFolder)).href);
  return {
    jar: find(program.entrypoint, storageFolder),
    request: {
      ...(program.mainClass === undefined ? {} : { entryClass: program.mainClass }),
      programArgsList: program.arguments,
      ...(dependencies.length === 0
        ? {}
        : { flinkConfiguration: { "pipeline.classpaths": JSON.stringify(dependencies) } }),
    },
  };
}

function find(location: string, storageFolder: string): string {
  const file = locate(storageFolder, location);
  if (typeof file !== "string") throw new FlinkRefused(file.message);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new FlinkRefused(`${location} does not exist${location.startsWith("obs://") ? " (NoSuchKey)" : ""}`);
  }
  return file;
}
