import { maskKnown } from "../clouds/known-secrets.ts";
import type { CloudAnswer } from "../clouds/transport.ts";
import { maskSecrets } from "../jobs/secrets.ts";
import type { Text } from "../language.ts";
import { secretsOfInput } from "./mask.ts";
import { refuse } from "./refuse.ts";
import type { Call, Refused } from "./types.ts";

type Rejected = Extract<CloudAnswer, { kind: "rejected" }>;
type NotSent = Extract<CloudAnswer, { kind: "not-sent" }>;

/** What a service error means and what to do: pattern on code and message -> next step. */
const translations: ReadonlyArray<{ code?: RegExp; message?: RegExp; next: Text | ((call: Call) => Text) }> = [
  {
    code: /^MissingParameter\.regionId$/,
    next: {
      en: "Set the region: SPARK_WORKSPACE_REGION or `region` of the profile.",
      zh: "请设置地域：SPARK_WORKSPACE_REGION 或配置的 `region`。",
    },
  },
  {
    code: /^UnSupportedOperator$/,
    message: /rest cpu is not enough/,
    next: {
      en: "The queues would exceed the workspace's CU. Scale another queue down first, then repeat (list_workspace_queues shows them).",
      zh: "队列总和会超过工作空间的 CU。请先缩小另一个队列再重试（list_workspace_queues 列出各队列）。",
    },
  },
  {
    code: /^Error\.Internal$/,
    message: /queue/,
    next: {
      en: "Queue edits were too close together. Wait 10 s, then repeat.",
      zh: "两次队列变更间隔过短。请等待 10 秒后重试。",
    },
  },
  {
    code: /^OperationDenied/,
    next: {
      en: "The target is not in a state that admits this. Read its state, wait for it to settle, then repeat.",
      zh: "目标的状态不允许该操作。请读取其状态，待稳定后重试。",
    },
  },
  {
    code: /^(MissingParameter|InvalidParameter)/,
    next: { en: "Correct the argument that the message names, then repeat.", zh: "请修正消息中指出的参数后重试。" },
  },
  {
    code: /^QuotaExceeded/,
    next: {
      en: "The account's quota is used up. A person can raise it in the console.",
      zh: "账号配额已用完。用户可在控制台提升配额。",
    },
  },
  {
    code: /^(ResourceNotFound|NotFound)/,
    next: { en: "Check the id with the matching list tool.", zh: "请用对应的列表工具核对 ID。" },
  },
  {
    code: /^(InvalidAccessKeyId|SignatureDoesNotMatch|IncompleteSignature|InvalidSecurityToken)/,
    next: {
      en: "The credentials are wrong or disabled. Run `spark-workspace-mcp doctor`.",
      zh: "凭证错误或已停用。请运行 `spark-workspace-mcp doctor`。",
    },
  },
  {
    code: /^InvalidTimeStamp/,
    next: {
      en: "This computer's clock is off by more than 15 minutes. Set it, then repeat.",
      zh: "本机时钟偏差超过 15 分钟。请校准后重试。",
    },
  },
  {
    code: /^APIGW?\.0301$/,
    message: /the clocks differ/,
    next: { en: "Set this computer's clock, then repeat.", zh: "请校准本机时钟后重试。" },
  },
  {
    code: /^APIGW?\.03\d\d$|^DLI\.001[345]$/,
    next: {
      en: "The credentials are wrong, disabled or of another project. Run `spark-workspace-mcp doctor`.",
      zh: "凭证错误、已停用或属于其他项目。请运行 `spark-workspace-mcp doctor`。",
    },
  },
  {
    code: /^DLI\.000[145]$/,
    next: { en: "Correct what the message names, then repeat.", zh: "请修正消息中指出的内容后重试。" },
  },
  {
    code: /^DLI\.(0002|0023|16001)$/,
    next: {
      en: "It is not there. Check the name or id with the matching list tool.",
      zh: "目标不存在。请用对应的列表工具核对名称或 ID。",
    },
  },
  {
    code: /^DLI\.0006$/,
    next: {
      en: "One of that name is there already. Read it; take it, or choose another name.",
      zh: "同名对象已存在。请先读取：可直接使用，或另取名称。",
    },
  },
  {
    code: /^DLI\.(0003|0011|0016)$/,
    next: {
      en: "The caller, or the job's agency, lacks a privilege on what the message names. A person can grant it.",
      zh: "调用者或作业的委托缺少对消息中所指对象的权限。可由用户授予。",
    },
  },
  {
    code: /^DLI\.(0009|1028)$/,
    next: {
      en: "A limit or quota is used up. A person can raise it in the console.",
      zh: "限额或配额已用完。用户可在控制台提升。",
    },
  },
  {
    code: /^DLI\.0012$/,
    next: {
      en: "The queue has no room. Wait, or enlarge the queue or its pool.",
      zh: "队列没有剩余资源。请等待，或扩大队列或其资源池。",
    },
  },
  {
    code: /^DLI\.13024$/,
    next: { en: "The job has no queue. Give it one, then run it.", zh: "作业没有队列。请先指定队列再运行。" },
  },
  {
    code: /^$/,
    next: ({ row }) =>
      row.cloud === "dli"
        ? {
            en: "The service gave no reason. Read the target, and check the IAM permissions.",
            zh: "服务未说明原因。请读取目标，并检查 IAM 权限。",
          }
        : {
            en: "The service gave no reason. Check the workspace id with list_workspaces, and the RAM permissions.",
            zh: "服务未说明原因。请用 list_workspaces 核对工作空间 ID，并检查 RAM 权限。",
          },
  },
];

/** @param minted secret that the request carried beside its input */
export function refuseRejected(call: Call, rejected: Rejected, minted?: string): Refused {
  const answer = withoutSecrets(rejected, [...secretsOfInput(call.row, call.input), minted ?? ""]);
  const cloud = {
    code: answer.code,
    message: answer.message,
    status: answer.status,
    ...(answer.requestId !== undefined && { requestId: answer.requestId }),
  };
  const said = `${answer.code || "no code"}: ${answer.message || "no message"}`;
  if (/^(Forbidden|NoPermission)/.test(answer.code) || (call.where.cloud === "dli" && answer.status === 403)) {
    const action = answer.missingPermission ?? call.row.ramAction;
    return refuse(
      call,
      "NOT_AUTHORIZED",
      {
        en: `${call.row.name} was refused by the cloud: ${call.where.identity} lacks ${action}.`,
        zh: `云端拒绝了 ${call.row.name}：${call.where.identity} 缺少权限 ${action}。`,
      },
      call.where.cloud === "dli"
        ? {
            en: `An administrator can grant ${action} in IAM; privileges on queues and tables are a second gate.`,
            zh: `管理员可在 IAM 中授予 ${action}；队列和表的权限是第二道关。`,
          }
        : {
            en: `An administrator can grant ${action}; workspace membership is a second gate (list_members).`,
            zh: `管理员可授予 ${action}；工作空间成员身份是第二道关（list_members）。`,
          },
      { cloud },
    );
  }
  if (answer.status === 429 || /^Throttling/.test(answer.code)) {
    return refuse(
      call,
      "THROTTLED",
      {
        en: `${call.row.name} did not happen: the cloud still throttles after 5 waits.`,
        zh: `${call.row.name} 未执行：等待 5 次后云端仍在限流。`,
      },
      { en: "Wait a minute before the next call.", zh: "请等待一分钟后再调用。" },
      { cloud },
    );
  }
  const match = translations.find(
    ({ code, message }) => (code?.test(answer.code) ?? true) && (message?.test(answer.message) ?? true),
  );
  const next = match?.next ?? {
    en: "Read the message; if it does not help, give the request id to the cloud's support.",
    zh: "请阅读该消息；若无帮助，请将请求 ID 提供给云厂商的支持人员。",
  };
  return refuse(
    call,
    "CLOUD_REJECTED",
    { en: `${call.row.name} was refused by the cloud (${said}).`, zh: `云端拒绝了 ${call.row.name}（${said}）。` },
    typeof next === "function" ? next(call) : next,
    { cloud },
  );
}

/** A complaint about an argument may quote it. */
function withoutSecrets(answer: Rejected, secrets: readonly string[]): Rejected {
  return {
    ...answer,
    code: maskKnown(answer.code, secrets),
    message: maskSecrets(maskKnown(answer.message, secrets)),
  };
}

export function refuseNotSent(call: Call, answer: NotSent): Refused {
  const nothing = {
    en: `${call.row.name} was not sent: ${answer.message}.`,
    zh: `${call.row.name} 未发送：${answer.message}。`,
  };
  switch (answer.reason) {
    case "no-credentials":
      return refuse(call, "NO_CREDENTIALS", nothing, whereCredentialsGo(call));
    case "unreachable":
      return refuse(call, "UNREACHABLE", nothing, {
        en: "Check the network and the endpoint; `spark-workspace-mcp doctor` names it.",
        zh: "请检查网络和接入点；`spark-workspace-mcp doctor` 会显示接入点。",
      });
    case "guard":
      return refuse(call, "FORBIDDEN_OPERATION", nothing, {
        en: "The request as it would stand on the wire matches no admitted operation. Report this with the arguments.",
        zh: "线上的请求不符合任何允许的操作。请连同参数一并报告。",
      });
    case "cancelled":
      return refuse(call, "CANCELLED", nothing, {
        en: "Repeat the call when it is wanted.",
        zh: "需要时请重复该调用。",
      });
  }
}

function whereCredentialsGo({ row, where }: Call): Text {
  if (row.cloud === "kyuubi") {
    return {
      en: "Make a token with create_kyuubi_token (a person approves it), then run the statement again.",
      zh: "请用 create_kyuubi_token 创建令牌（需用户批准），然后重新执行该语句。",
    };
  }
  return where.cloud === "dli"
    ? {
        en: "Set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK; `spark-workspace-mcp doctor` shows what was found.",
        zh: "请设置 HUAWEICLOUD_SDK_AK 和 HUAWEICLOUD_SDK_SK；`spark-workspace-mcp doctor` 会显示找到的内容。",
      }
    : {
        en: "Set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET; `spark-workspace-mcp doctor` shows the chain.",
        zh: "请设置 ALIBABA_CLOUD_ACCESS_KEY_ID 和 ALIBABA_CLOUD_ACCESS_KEY_SECRET；`spark-workspace-mcp doctor` 会显示凭证链。",
      };
}
