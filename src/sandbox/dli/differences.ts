import { besideDifferences } from "./differences/beside.ts";
import { flinkDifferences } from "./differences/flink.ts";
import { jobDifferences } from "./differences/jobs.ts";
import type { DliDifference } from "./differences/quirks.ts";
import { resourceDifferences } from "./differences/resources.ts";

/** How each operation that has a handler differs from the real service; docs/differences.md is made of it. */
export const dliDifferences = {
  ...resourceDifferences,
  ...jobDifferences,
  ...flinkDifferences,
  ...besideDifferences,
};

/** What has a handler; every other operation is answered with Sandbox.NotSimulated. */
export type AnsweredDliOperation = keyof typeof dliDifferences;

/** The service's own door hands out tokens, before there is an identity to check: it has no handler among the others. */
export const loginOperation = "KeystoneCreateUserTokenByPassword";

const byName: Readonly<Record<string, DliDifference>> = dliDifferences;

export function dliDifferenceOf(operation: string): DliDifference | undefined {
  return Object.hasOwn(byName, operation) ? byName[operation] : undefined;
}
