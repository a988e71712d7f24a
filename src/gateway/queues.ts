import type { Facts } from "./types.ts";

/** Where a request of DLI takes effect: its queues and pools, which stand for what a workspace is elsewhere. */

const parameters = ["queue", "queue_name", "queues", "elastic_resource_pool_name", "elastic_resource_pools"] as const;

/** The queues and pools that a request names, in lower case as the service keeps them (section 1 of the notes). */
export function queuesNamed(input: Readonly<Record<string, unknown>>): string[] {
  return named(parameters.flatMap((name) => input[name]));
}

/** And the queue that was read of the job that it names; rules call it `queue`. */
export function queuesOf(input: Readonly<Record<string, unknown>>, facts: Facts): string[] {
  return withFacts(queuesNamed(input), facts, ["queue"]);
}

/** And the pool that a queue was read to be of; rules call it `queuePool`. */
export function queuesAndPoolsOf(input: Readonly<Record<string, unknown>>, facts: Facts): string[] {
  return withFacts(queuesNamed(input), facts, ["queue", "queuePool"]);
}

function withFacts(names: readonly string[], { bound, context }: Facts, wanted: readonly string[]): string[] {
  return [...new Set([...names, ...named(wanted.flatMap((name) => [bound[name], context[name]]))])];
}

function named(values: readonly unknown[]): string[] {
  return values
    .filter((value) => typeof value === "string" && value !== "")
    .map((value) => String(value).toLowerCase());
}
