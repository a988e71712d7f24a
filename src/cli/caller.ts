import { chainLink } from "../clouds/alibaba/chain-link.ts";
import { readDliCaller } from "../clouds/dli/caller.ts";
import { readCallerIdentity } from "../clouds/sts/caller-identity.ts";
import { NotOpened } from "../gateway/not-opened.ts";
import type { Target } from "./target.ts";

/**
 * An account's profile under the name that the cloud gives its caller: approvals and intents are bound to that.
 * Throws NotOpened when the cloud does not say.
 */
export async function identified(target: Target): Promise<Target> {
  if (target.kind === "sandbox") return target;
  if (target.kind === "dli") return identifiedByIam(target);
  const caller = await readCallerIdentity(target.sts);
  if (caller.ok) {
    const link = target.emr.credentials.kind === "chain" ? await chainLink() : undefined;
    const credentials = link === undefined ? {} : { credentials: `default credential chain: ${link}` };
    return { ...target, profile: { ...target.profile, identity: caller.identity, ...credentials } };
  }
  const next =
    caller.code === "NO_CREDENTIALS"
      ? "Set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET; `spark-workspace-mcp doctor` shows the chain."
      : "Check the credentials, the clock and the network; SPARK_WORKSPACE_STS_ENDPOINT names another STS, such as one within a VPC.";
  const problem = `STS at ${target.sts.host} does not say whose credentials these are (${caller.why})`;
  throw new NotOpened(caller.code, problem, next);
}

async function identifiedByIam(target: Extract<Target, { kind: "dli" }>): Promise<Target> {
  const { dli, profile } = target;
  const { regionId, projectId } = profile;
  const caller = await readDliCaller({ ...dli, ...(projectId !== undefined && { projectId }) }, regionId);
  if (caller.ok) {
    const account = caller.accountId === undefined ? "" : `account ${caller.accountId}, `;
    return {
      ...target,
      profile: { ...profile, identity: `${account}${profile.identity}`, projectId: caller.projectId },
    };
  }
  const next =
    caller.code === "NO_CREDENTIALS"
      ? "Set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK; `spark-workspace-mcp doctor` shows what was found."
      : "Check the credentials, the clock, the region and the network; who may not list projects sets HUAWEICLOUD_SDK_PROJECT_ID or `projectId` of the profile.";
  const problem = `IAM at ${dli.hosts.iam.host} does not say whose credentials these are (${caller.why})`;
  throw new NotOpened(caller.code, problem, next);
}
