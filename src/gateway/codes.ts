import type { Text } from "../language.ts";

/** Every code an outcome may carry: code -> what it means. docs/errors.md has an entry for each. */
export const outcomeCodes = {
  BAD_INPUT: {
    en: "An argument is missing, unknown or not of the allowed form.",
    zh: "参数缺失、未知或格式不符；未发送任何请求。",
  },
  UNKNOWN_OPERATION: {
    en: "The operation is not in the registry or has no rule.",
    zh: "操作不在登记表中，或没有规则。",
  },
  NOT_SUPPORTED: {
    en: "The cloud that the profile speaks to has nothing like it.",
    zh: "配置所用的云没有对应功能。",
  },
  FORBIDDEN_OPERATION: {
    en: "The operation is refused always, whoever asks.",
    zh: "该操作一律拒绝，无论谁提出。",
  },
  POLICY_UNREADABLE: {
    en: "The policy files cannot be read or are invalid, so nothing may be sent.",
    zh: "策略文件无法读取或无效，因此不能发送任何请求。",
  },
  LEDGER_UNAVAILABLE: {
    en: "The ledger cannot be opened or written, so nothing may be sent.",
    zh: "账本无法打开或写入，因此不能发送任何请求。",
  },
  SECRET_NOT_STORED: {
    en: "A secret that the request needs could not be made or kept in a file, so nothing was sent.",
    zh: "请求所需的密钥无法生成或保存到文件，因此未发送。",
  },
  READ_ONLY_PROFILE: {
    en: "The profile admits reads only.",
    zh: "配置仅允许读取。",
  },
  WORKSPACE_NOT_ALLOWED: {
    en: "The profile does not admit this workspace.",
    zh: "配置不允许该工作空间（DLI 为队列或资源池）。",
  },
  ROLE_NOT_ALLOWED: {
    en: "The person's role in the team does not admit the operation.",
    zh: "此人在团队中的角色不允许该操作。",
  },
  PRECHECK_FAILED: {
    en: "The state of the target could not be read.",
    zh: "无法读取目标的状态。",
  },
  PRECONDITION_NOT_MET: {
    en: "The target is not in a state that admits the operation.",
    zh: "目标的状态不允许该操作。",
  },
  OVER_LIMIT: {
    en: "The request exceeds a bound of the policy.",
    zh: "请求超出策略的限制。",
  },
  NOBODY_TO_ASK: {
    en: "The operation needs a person's approval and this client cannot ask one.",
    zh: "操作需要人批准，而该客户端无法询问。",
  },
  ASKED_TOO_OFTEN: {
    en: "So many approvals were asked for within the last hour that no more may be.",
    zh: "最近一小时请求批准次数过多，暂不再询问。",
  },
  DECLINED: {
    en: "The person said no.",
    zh: "用户拒绝。",
  },
  DECLINED_BEFORE: {
    en: "The person said no to the same request a short while ago.",
    zh: "用户不久前拒绝过同一请求。",
  },
  APPROVAL_INVALID: {
    en: "The approval does not belong to this request.",
    zh: "批准不属于该请求。",
  },
  APPROVAL_EXPIRED: {
    en: "The approval came too late.",
    zh: "批准来得太晚。",
  },
  APPROVAL_USED: {
    en: "The approval was used already.",
    zh: "批准已被使用。",
  },
  STATE_CHANGED: {
    en: "The target changed between the question and the execution.",
    zh: "询问之后、执行之前目标发生了变化。",
  },
  TOO_MANY_FAILURES: {
    en: "The same request failed several times in a row and is paused.",
    zh: "同一请求连续失败多次，已暂停。",
  },
  NOT_AUTHORIZED: {
    en: "The cloud refuses the identity the permission.",
    zh: "云拒绝该身份的权限。",
  },
  CLOUD_REJECTED: {
    en: "The cloud refused the request.",
    zh: "云拒绝了请求。",
  },
  THROTTLED: {
    en: "The cloud kept throttling.",
    zh: "云持续限流。",
  },
  UNREACHABLE: {
    en: "The cloud could not be reached.",
    zh: "无法连接云服务。",
  },
  BAD_SETTINGS: {
    en: "The configuration or the environment holds a value that cannot be used.",
    zh: "配置或环境变量的值不可用。",
  },
  IDENTITY_UNKNOWN: {
    en: "The cloud did not say whom it takes the caller for, so nothing may be bound to it.",
    zh: "云未说明调用者身份，因此不能与之绑定。",
  },
  NO_CREDENTIALS: {
    en: "No credentials were found.",
    zh: "未找到凭证。",
  },
  CANCELLED: {
    en: "The caller cancelled before anything was sent.",
    zh: "调用者在发送之前取消。",
  },
  EARLIER_SEND_UNRESOLVED: {
    en: "The same request was sent before and nobody knows yet whether it took effect.",
    zh: "同一请求之前发送过，尚不知是否生效。",
  },
  OUTCOME_UNKNOWN: {
    en: "The request was sent and no answer came.",
    zh: "请求已发送但没有应答，可能已经生效。",
  },
  INTERNAL: {
    en: "The server itself failed.",
    zh: "服务器自身出错。",
  },
} as const satisfies Record<string, Text>;

export type OutcomeCode = keyof typeof outcomeCodes;
