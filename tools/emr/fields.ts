import * as z from "zod";
import { grammars } from "../../src/operations/grammar.ts";

/** Argument types that several tools share. Descriptions are read by the model on every session: keep them short. */

export const workspaceId = z
  .string()
  .regex(grammars.workspaceId.pattern)
  .meta({ description: "Workspace ID", examples: [grammars.workspaceId.example] });

export const queueName = z
  .string()
  .regex(grammars.resourceName.pattern)
  .meta({ description: "Queue name", examples: [grammars.resourceName.example] });

export const jobRunId = z
  .string()
  .regex(grammars.jobRunId.pattern)
  .meta({ description: "Job run ID", examples: [grammars.jobRunId.example] });

export const ossUri = z
  .string()
  .regex(grammars.ossUri.pattern)
  .meta({ description: "oss://bucket/key", examples: [grammars.ossUri.example] });

export const pageSize = z
  .number()
  .int()
  .min(1)
  .max(100)
  .default(20)
  .meta({ description: "Rows a page", examples: [20] });
export const nextToken = z.string().max(512).optional().meta({ description: "nextToken of the page before" });

export const kyuubiServiceId = z
  .string()
  .regex(grammars.id.pattern)
  .meta({ description: "Kyuubi service ID", examples: [grammars.id.example] });

export const resourceName = z
  .string()
  .regex(grammars.resourceName.pattern)
  .meta({ description: "Name", examples: ["bi_gateway"] });

export const sparkConf = z
  .record(
    z.string().regex(/^[\w.-]{1,200}$/),
    z
      .string()
      .max(2_000)
      .regex(/^[^\r\n]*$/),
  )
  .meta({ description: "Spark settings", examples: [{ "spark.executor.memory": "4g" }] });

export const sessionId = z
  .string()
  .regex(grammars.sessionId.pattern)
  .meta({ description: "Session ID", examples: [grammars.sessionId.example] });

export const statementId = z
  .string()
  .regex(grammars.id.pattern)
  .meta({ description: "Statement ID", examples: ["st-1a2b3c4d"] });

export const sql = z
  .string()
  .min(1)
  .max(100_000)
  .meta({ description: "One Spark SQL statement", examples: ["SELECT count(*) FROM sales"] });

export const releaseVersion = z
  .string()
  .min(1)
  .max(128)
  .meta({ description: "Engine version as list_release_versions gives it" });
