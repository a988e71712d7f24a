import * as z from "zod";
import type { Where } from "../../src/gateway/types.ts";

/** Argument types that several tools of DLI share. Descriptions are read by the model on every session: keep them short. */

/**
 * The service stores names of pools and queues in lower case, and everything is compared with what it stores. What else
 * names and ids may look like the gateway checks by the grammar of each operation; patterns here would cost a model
 * more than the rest of the argument.
 */
const dliName = z.string().min(1).max(128).toLowerCase();

export const queueName = dliName.meta({ description: "Queue", examples: ["spark_q"] });
export const poolName = dliName.meta({ description: "Elastic resource pool", examples: ["pool_1"] });

export const batchId = z.string().length(36).meta({ description: "Batch ID" });
export const sqlJobId = z.string().length(36).meta({ description: "SQL job ID" });

export const cu = (description: string) => z.number().int().min(0).max(32_000).meta({ description });

/** Polling no faster than every 10 s is what the service asks for (API notes 4); on this machine it costs nobody. */
export function pausesOf({ environment }: Where): { firstMs: number; longestMs: number } {
  return environment === "sandbox" ? { firstMs: 500, longestMs: 5_000 } : { firstMs: 10_000, longestMs: 30_000 };
}

export function moment(at: number | undefined): string | undefined {
  return at === undefined || !(at > 0) ? undefined : new Date(at).toISOString();
}
