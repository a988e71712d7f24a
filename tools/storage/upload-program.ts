import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, extname, isAbsolute } from "node:path";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import { refuse } from "../../src/gateway/refuse.ts";
import type { Refused } from "../../src/gateway/types.ts";
import { defineTool, reply, type ToolCall } from "../define.ts";
import { ossUri } from "../emr/fields.ts";

const extensions = [".py", ".jar", ".sql", ".zip", ".whl", ".egg", ".csv", ".json", ".jsonl", ".parquet", ".txt"];

/** Folders in which programs keep keys and settings; nothing of them is ever uploaded. */
const privateFolders: ReadonlySet<string> = new Set([
  ".ssh",
  ".gnupg",
  ".aws",
  ".aliyun",
  ".azure",
  ".kube",
  ".docker",
  ".git",
  ".config",
]);

export const uploadProgram = defineTool({
  name: "upload_program",
  title: "Upload a program",
  description:
    "Put a program or small data file on OSS for start_job_run, from a local path or as text (a person approves).",
  toolset: "storage",
  operations: ["PutObject"],
  input: z.strictObject({
    uri: ossUri.meta({ description: "Where to", examples: ["oss://lake/jobs/clean.py"] }),
    localPath: z
      .string()
      .max(4096)
      .optional()
      .meta({
        description: "Absolute path of the file on the server's computer",
        examples: ["/home/ann/clean.py"],
      }),
    content: z
      .string()
      .max(1_000_000)
      .optional()
      .meta({ description: "Or the text itself", examples: ["print(1)"] }),
    overwrite: z.boolean().default(false).meta({ description: "Replace an existing object" }),
  }),
  async run(input, call) {
    const source = await inspect(input, call);
    if ("kind" in source) return source;
    const outcome = await call.gateway.run(
      "PutObject",
      { uri: input.uri, overwrite: input.overwrite, ...source },
      call.context,
    );
    return reply(outcome, (answer) => ({
      summary: `${answer.bytes} bytes were written to ${answer.uri}.`,
      data: { uri: answer.uri, bytes: answer.bytes, sha256: source.sha256 },
      next: "start_job_run with this address as entryPoint runs it.",
    }));
  },
});

export interface Source {
  sha256: string;
  bytes: number;
  localPath?: string;
  content?: string;
}

/** Reads size and digest, and refuses files that have no business leaving this computer. */
export async function inspect(
  input: { localPath?: string | undefined; content?: string | undefined },
  { gateway, context }: ToolCall,
): Promise<Source | Refused> {
  const bad = (field: string, problem: string, allowed: string, example: string) =>
    refuse(gateway.where, "BAD_INPUT", `Nothing was uploaded: ${field} ${problem}.`, `${field}: ${allowed}`, {
      fields: [{ field, problem, allowed, example }],
    });
  const { localPath, content } = input;
  if ((localPath === undefined) === (content === undefined)) {
    return bad("localPath", "and content: exactly one must be given", "one of the two", "/home/ann/clean.py");
  }
  if (content !== undefined) {
    return { content, bytes: Buffer.byteLength(content), sha256: createHash("sha256").update(content).digest("hex") };
  }
  // Somebody who signed in over HTTP sits at another computer, and this one's files are not theirs to read or to probe.
  if (context.principal) {
    return bad("localPath", "is a file of the server's computer", "content, the text itself", "print(1)");
  }
  const path = localPath ?? "";
  const form = `an absolute path of a file ending in ${extensions.join(", ")}, not hidden and not in a folder for keys or settings`;
  const example = "/home/ann/clean.py";
  if (!isAbsolute(path)) return bad("localPath", "is not absolute", form, example);
  try {
    const real = await realpath(path);
    const segments = real.split(/[/\\]/);
    const isPrivate = segments.some((segment) => privateFolders.has(segment)) || basename(real).startsWith(".");
    if (isPrivate || !extensions.includes(extname(basename(real)).toLowerCase())) {
      return bad("localPath", "is private or not a program or data file", form, example);
    }
    const { size } = await stat(real);
    const hash = createHash("sha256");
    await pipeline(createReadStream(real), hash);
    return { localPath: real, bytes: size, sha256: hash.digest("hex") };
  } catch (error) {
    return bad(
      "localPath",
      `cannot be read (${error instanceof Error ? error.message : String(error)})`,
      form,
      example,
    );
  }
}
