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
      ? {
          en: "Set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET; `spark-workspace-mcp doctor` shows the chain.",
          zh: "请设置 ALIBABA_CLOUD_ACCESS_KEY_ID 和 ALIBABA_CLOUD_ACCESS_KEY_SECRET；`spark-workspace-mcp doctor` 会显示凭证链。",
        }
      : {
          en: "Check the credentials, the clock and the network; SPARK_WORKSPACE_STS_ENDPOINT names another STS, such as one within a VPC.",
          zh: "请检查凭证、时钟和网络；可用 SPARK_WORKSPACE_STS_ENDPOINT 指定其他 STS，例如 VPC 内的 STS。",
        };
  const problem = {
    en: `STS at ${target.sts.host} does not say whose credentials these are (${caller.why})`,
    zh: `${target.sts.host} 的 STS 没有说明这些凭证属于谁（${caller.why}）`,
  };
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
      ? {
          en: "Set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK; `spark-workspace-mcp doctor` shows what was found.",
          zh: "请设置 HUAWEICLOUD_SDK_AK 和 HUAWEICLOUD_SDK_SK；`spark-workspace-mcp doctor` 会显示找到的内容。",
        }
      : {
          en: "Check the credentials, the clock, the region and the network; who may not list projects sets HUAWEICLOUD_SDK_PROJECT_ID or `projectId` of the profile.",
          zh: "请检查凭证、时钟、地域和网络；无权列出项目时，请设置 HUAWEICLOUD_SDK_PROJECT_ID 或配置的 `projectId`。",
        };
  const problem = {
    en: `IAM at ${dli.hosts.iam.host} does not say whose credentials these are (${caller.why})`,
    zh: `${dli.hosts.iam.host} 的 IAM 没有说明这些凭证属于谁（${caller.why}）`,
  };
  throw new NotOpened(caller.code, problem, next);
}
