import type { DliContext } from "../context.ts";

/** What jobs ask of other parts of the control plane. */
export interface JobLinks {
  /** `queueName` is the stored name: lower case. */
  findQueue(
    name: string,
    context: DliContext,
  ): { queueName: string; queueType: "sql" | "general"; cuCount: number } | undefined;
  queueRoom(name: string, context: DliContext): { maxCu: number; usedCu: number };
  /** Value of a global variable. */
  findVariable(name: string, context: DliContext): string | undefined;
  /** Among those of the metadata calls; of what SQL has made only Spark knows. */
  hasDatabase(name: string, context: DliContext): boolean;
  /** `group/file`, or `file` of no group. */
  findPackage(path: string, context: DliContext): JobPackage | undefined;
  packagesIn(group: string, context: DliContext): readonly JobPackage[];
}

export interface JobPackage {
  /** Upload kinds: jar, pyFile, file, modelFile. */
  kind: string;
  /** obs://bucket/key */
  location: string;
}
