import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DliContext } from "../context.ts";

/**
 * The project's job bucket, for logs and results. On the service its main account chooses it in the console, and no
 * call tells which it is.
 */
export const jobBucketName = "dli-job-bucket";

export function jobBucket({ storageFolder }: DliContext): string {
  mkdirSync(join(storageFolder, jobBucketName), { recursive: true });
  return jobBucketName;
}
