import { readPolicy } from "../../src/cli/workbench.ts";
import type { LoadedPolicy } from "../../src/policy/types.ts";

/** The shipped policy for tests that ask as one identity all at once; how often one may is another test's. */
export function patientPolicy(): LoadedPolicy {
  const loaded = readPolicy();
  if (!loaded.ok) return loaded;
  const { limits } = loaded.policy;
  const plan = { ...limits.plan, maxAsksPerHour: 100_000 };
  return { ok: true, policy: { ...loaded.policy, limits: { ...limits, plan } } };
}
