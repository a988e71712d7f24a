import { readCallerIdentity } from "../clouds/sts/caller-identity.ts";
import { NotOpened } from "../gateway/not-opened.ts";
import type { Target } from "./settings.ts";

/**
 * An account's profile under the name that the cloud gives its caller: approvals and intents are bound to that.
 * Throws NotOpened when the cloud does not say.
 */
export async function identified(target: Target): Promise<Target> {
  if (target.kind === "sandbox") return target;
  const caller = await readCallerIdentity(target.sts);
  if (caller.ok) return { ...target, profile: { ...target.profile, identity: caller.identity } };
  const next =
    caller.code === "NO_CREDENTIALS"
      ? "Set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET; `spark-workspace-mcp doctor` shows the chain."
      : "Check the credentials, the clock and the network; SPARK_WORKSPACE_STS_ENDPOINT names another STS, such as one within a VPC.";
  const problem = `STS at ${target.sts.host} does not say whose credentials these are (${caller.why})`;
  throw new NotOpened(caller.code, problem, next);
}
