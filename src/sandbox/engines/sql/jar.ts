import { readdirSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../package-root.ts";
import type { Installation } from "../spark/launch.ts";
import { compileJar } from "../spark/parts.ts";

const sourceFolder = join(packageRoot, "src", "sandbox", "engines", "sql", "assets", "java");

export const serverClass = "sandbox.sql.SqlServer";

/** The program that each user's Spark runs, compiled once for each Spark and source. */
export function provideServerJar(cacheFolder: string, { spark, java }: Installation): Promise<string> {
  const sources = readdirSync(sourceFolder).map((name) => join(sourceFolder, name));
  return compileJar({ name: "sql-server", sources, services: {} }, cacheFolder, spark, java);
}
