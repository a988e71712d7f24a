import type { Overlay } from "./schema.ts";
import type { Limits } from "./types.ts";

type Bounds = Omit<Limits, "approval" | "environments">;
export type Tighter = "lower" | "higher" | "neither";

/** Which way each limit is tighter. `neither`: an overlay may not set it. */
export const tighter: { readonly [Group in keyof Bounds]: Readonly<Record<keyof Bounds[Group], Tighter>> } = {
  timeoutsSeconds: {
    read: "lower",
    write: "lower",
    pollAttempt: "neither", // shorter looks more often, longer looks too late
    pollTotal: "lower",
  },
  throttling: { minWaitSeconds: "higher", maxWaitSeconds: "higher", retries: "lower" },
  failures: { inARow: "lower", pauseSeconds: "higher" },
  plan: { validSeconds: "lower", declinedSeconds: "higher", maxAsksPerHour: "lower" },
  spend: { maxJobCu: "lower", maxJobCuHours: "lower", maxWorkspaceCu: "lower" },
  logs: { maxBytes: "lower", maxLines: "lower" },
  upload: { maxBytes: "lower" },
  standing: { maxDays: "lower", maxUses: "lower" },
};

/** The shipped limits with the user's in their place; that those are tighter was checked before. */
export function mergedLimits(shipped: Limits, { approval = {}, environments = {}, limits = {} }: Overlay): Limits {
  const names = new Set([...Object.keys(shipped.environments), ...Object.keys(environments)]);
  return {
    approval: merged(shipped.approval, approval),
    environments: Object.fromEntries(
      [...names].map((name) => [name, { ...shipped.environments[name], ...environments[name] }]),
    ),
    timeoutsSeconds: merged(shipped.timeoutsSeconds, limits.timeoutsSeconds),
    throttling: merged(shipped.throttling, limits.throttling),
    failures: merged(shipped.failures, limits.failures),
    plan: merged(shipped.plan, limits.plan),
    spend: merged(shipped.spend, limits.spend),
    logs: merged(shipped.logs, limits.logs),
    upload: merged(shipped.upload, limits.upload),
    standing: merged(shipped.standing, limits.standing),
  };
}

function merged<T extends object>(shipped: T, wanted: { [Name in keyof T]?: T[Name] | undefined } | undefined): T {
  const given = Object.entries(wanted ?? {}).filter(([, value]) => value !== undefined);
  return { ...shipped, ...Object.fromEntries(given) };
}
