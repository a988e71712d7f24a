import type { Intent } from "../ledger/types.ts";
import { findOperation } from "../operations/registry.ts";
import { literalFor, renderBody } from "../operations/request.ts";
import { runKeyOf, tagFilterOf } from "../operations/run-key.ts";
import { valuesAt } from "../policy/facts.ts";
import type { CloudCaller } from "./cloud-call.ts";
import type { Call } from "./types.ts";

/**
 * What became of a request whose answer got lost. `found`: what it made, as the service lists it. `absent`: the service
 * was asked and has nothing with its key. `unclear`: it could not be asked, or its answer does not tell.
 */
export type Finding = { kind: "found"; body: unknown; requestId?: string } | { kind: "absent" | "unclear" };

/** Whether it carried a key to be found by. */
export function canBeFound(call: Call, intent: Intent): boolean {
  return call.rule.find !== undefined && call.row.runKey !== undefined && intent.token !== undefined;
}

/** Asks the service for what a request made, by the key that it carried. */
export async function findEarlier(
  call: Call,
  token: string,
  callCloud: CloudCaller,
  signal: AbortSignal,
): Promise<Finding> {
  const { find, lookup } = call.rule;
  const row = lookup === undefined ? undefined : findOperation(lookup);
  if (!find || !row) return { kind: "unclear" };
  const { regionId } = call.where;
  const sent = renderBody(call.row, call.input, { token });
  const known: Record<string, unknown> = { ...call.input, ...sent, runKeyTag: tagFilterOf(token) };
  const input = Object.fromEntries(
    Object.entries(find.with).map(([name, value]) => [
      name,
      value.startsWith("$") ? known[value.slice(1)] : literalFor(row, name, value),
    ]),
  );
  const answer = await callCloud({ row, input, regionId, timeout: "read", repeatable: true, reads: true, signal });
  if (answer.kind !== "answered") return { kind: "unclear" };
  const candidates = valuesAt(answer.body, find.found, known);
  if (!candidates) return { kind: "unclear" };
  if (candidates.length === 0) return { kind: "absent" };
  // A service that does not heed the filter answers with other people's; only the key itself tells.
  const own = candidates.find((each) => JSON.stringify(each).includes(runKeyOf(token)));
  if (own === undefined) return { kind: "unclear" };
  return { kind: "found", body: own, ...(answer.requestId !== undefined && { requestId: answer.requestId }) };
}
