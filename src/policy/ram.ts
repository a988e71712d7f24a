import type { Language, Text } from "../language.ts";
import type { OperationRule } from "./types.ts";

/** The least that a cloud's own access control has to admit so that some operations can be carried out. */

export type AccessCloud = "emr" | "dli";

export interface AccessRequest {
  readonly cloud: AccessCloud;
  /** What somebody wants to carry out; what the rules read before and after is added. */
  readonly operations: readonly string[];
  readonly rule: (operation: string) => OperationRule | undefined;
  /** The row's `ramAction`: an action, several in a sentence, or words that there is none. */
  readonly actionText: (operation: string) => string | undefined;
  /** Of a profile that admits reads only. */
  readonly readOnly?: boolean;
}

export interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  /** RAM wants one; EMR Serverless Spark has no resource-level grants, so it is everything (API notes 10). */
  readonly Resource?: "*";
}

export interface AccessDocument {
  readonly name: string;
  /** IAM keeps policies of project-level and of global services apart. */
  readonly scope?: "project" | "global";
  readonly document: { readonly Version: "1" | "1.1"; readonly Statement: readonly Statement[] };
}

export interface AccessPolicy {
  readonly cloud: AccessCloud;
  readonly documents: readonly AccessDocument[];
  /** Action -> the operations that need it. */
  readonly needed: Readonly<Record<string, readonly string[]>>;
  /** Operations that no published action stands for, so that no policy of one's own can grant them. */
  readonly withoutAction: readonly string[];
}

/** Denied to whoever holds the policy, whatever else admits them: what is in there is lost with it. */
export const neverGranted: Readonly<Record<AccessCloud, readonly string[]>> = {
  emr: ["DeleteWorkspace"],
  dli: ["DeleteElasticResourcePool", "DeleteDatabase"],
};

const policyName = "spark-workspace-mcp";

export function accessPolicy(request: AccessRequest): AccessPolicy {
  const { cloud, actionText } = request;
  const operations = admittedOperations(request);
  const needed: Record<string, string[]> = {};
  const withoutAction: string[] = [];
  for (const operation of operations) {
    const actions = actionsIn(actionText(operation));
    if (actions.length === 0) withoutAction.push(operation);
    for (const action of actions) needed[action] = [...(needed[action] ?? []), operation];
  }
  const denied = neverGranted[cloud].flatMap((operation) => actionsIn(actionText(operation)));
  const allowed = Object.keys(needed)
    .filter((action) => !denied.includes(action))
    .sort();
  const documents = cloud === "emr" ? [ramDocument(allowed, denied)] : iamDocuments(allowed, denied);
  return { cloud, documents, needed, withoutAction };
}

/**
 * The operations and what their rules read: without those reads nothing is carried out. What the rules forbid, or a
 * profile that only reads, needs no permission.
 */
function admittedOperations({ operations, rule, readOnly = false }: AccessRequest): string[] {
  const wanted = operations.filter((operation) => {
    const risk = rule(operation)?.risk ?? "forbidden";
    return risk !== "forbidden" && (!readOnly || risk === "read" || risk === "read-secret");
  });
  return [...new Set(wanted.flatMap((operation) => [operation, ...readsOf(rule(operation))]))].sort();
}

export function readsOf(rule: OperationRule | undefined): string[] {
  if (!rule) return [];
  const { prechecks, verify, lookup } = rule;
  return [...prechecks.map(({ read }) => read), ...(verify ? [verify.read] : []), ...(lookup ? [lookup] : [])];
}

/** `dli:queue:restart or dli:queue:scaleQueue` names two; `dli::listAuth` has no type of resource. */
export function actionsIn(text: string | undefined): string[] {
  return text?.match(/\b[a-z][a-z0-9-]*:(?:[A-Za-z]*:)?[A-Za-z]+\b/g) ?? [];
}

function ramDocument(allowed: readonly string[], denied: readonly string[]): AccessDocument {
  return {
    name: policyName,
    document: {
      Version: "1",
      Statement: [
        { Effect: "Allow", Action: allowed, Resource: "*" },
        { Effect: "Deny", Action: denied, Resource: "*" },
      ],
    },
  };
}

const globalServices: ReadonlySet<string> = new Set(["iam", "obs"]);

function iamDocuments(allowed: readonly string[], denied: readonly string[]): AccessDocument[] {
  const isGlobal = (action: string) => globalServices.has(action.replace(/:.*/, ""));
  const global = allowed.filter(isGlobal);
  const regional = allowed.filter((action) => !isGlobal(action));
  return [
    {
      name: policyName,
      scope: "project",
      document: {
        Version: "1.1",
        Statement: [
          ...(regional.length > 0 ? [{ Effect: "Allow", Action: regional } as const] : []),
          { Effect: "Deny", Action: denied },
        ],
      },
    },
    ...(global.length > 0
      ? [
          {
            name: `${policyName}-global`,
            scope: "global",
            document: { Version: "1.1", Statement: [{ Effect: "Allow", Action: global }] },
          } as const,
        ]
      : []),
  ];
}

/** What the cloud's access control cannot say, so that nobody takes it for this server's policy. */
export function notExpressed(cloud: AccessCloud, language: Language): string[] {
  return limitsOf[cloud].map((text) => text[language]);
}

const limitsOf: Readonly<Record<AccessCloud, readonly Text[]>> = {
  emr: [
    {
      en: "RAM cannot ask first: an action that is allowed is allowed every time, without a person who sees what would happen. Asking is this server's policy, and whoever holds the credentials can go past this server.",
      zh: "RAM 无法先行询问：一旦允许某个操作，每次调用都会放行，无人查看其后果。询问由本服务的策略完成；持有凭证者可以绕过本服务。",
    },
    {
      en: "RAM tells no workspace of EMR Serverless Spark, queue or job from another: each action holds for all of them (Resource *). `workspaces` of the profile and membership in a workspace narrow that, and neither is part of RAM.",
      zh: "RAM 无法区分 EMR Serverless Spark 的工作空间、队列或作业：每个操作对全部资源生效（Resource 为 *）。可用配置中的 workspaces 和工作空间成员身份缩小范围，二者均不属于 RAM。",
    },
    {
      en: "RAM bounds neither CU nor cost, hours or how often, and does not judge what SQL or a program does.",
      zh: "RAM 不限制 CU、费用、时长或次数，也不判断 SQL 或程序的行为。",
    },
    {
      en: "oss:GetObject and oss:PutObject hold for every bucket here; put `acs:oss:*:*:BUCKET/*` in the place of * in a statement of their own to name one.",
      zh: "此处 oss:GetObject 和 oss:PutObject 对所有存储桶生效；可将二者单独成句，并用 `acs:oss:*:*:BUCKET/*` 替换 * 以限定存储桶。",
    },
    {
      en: "The first workspace of an account also needs ram:CreateServiceLinkedRole, once; an administrator rather than this policy should have it. Jobs act as their own role, not as the holder of this policy.",
      zh: "账号的首个工作空间还需一次性的 ram:CreateServiceLinkedRole 权限，宜由管理员持有，而非写入本策略。作业以自己的执行角色运行，而非本策略的持有者。",
    },
  ],
  dli: [
    {
      en: "IAM cannot ask first: an action that is allowed is allowed every time, without a person who sees what would happen. Asking is this server's policy, and whoever holds the credentials can go past this server.",
      zh: "IAM 无法先行询问：一旦允许某个操作，每次调用都会放行，无人查看其后果。询问由本服务的策略完成；持有凭证者可以绕过本服务。",
    },
    {
      en: "This policy names no queue, pool or bucket, so each action holds for all of them. `queues` of the profile narrows that for this server, and privileges on queues, databases and tables are a second gate of DLI's own.",
      zh: "本策略未限定队列、资源池或桶，因此每个操作对全部资源生效。配置中的 queues 可在本服务内缩小范围；队列、数据库和表的权限是 DLI 自身的第二道关卡。",
    },
    {
      en: "IAM bounds neither CU nor cost, hours or how often, and does not judge what a program does. Denying the deletion of databases may also refuse DROP DATABASE in SQL.",
      zh: "IAM 不限制 CU、费用、时长或次数，也不判断程序的行为。拒绝删除数据库也可能使 SQL 中的 DROP DATABASE 被拒绝。",
    },
    {
      en: "IAM has two models, policies of 1.1 and the newer identity policies, whose actions differ here and there; each action stands here as DLI's documents name it. One that the console does not know belongs to the other model.",
      zh: "IAM 有两种模型：1.1 版策略和较新的身份策略，部分操作名称不同；此处按 DLI 文档所列名称给出。控制台不识别的操作属于另一种模型。",
    },
    {
      en: "Operations without a published action cannot be granted one by one; where such a call is refused, the system policy DLI ReadOnlyAccess, or that of the other service, is what there is.",
      zh: "没有公开操作名称的接口无法单独授权；若调用被拒绝，只能使用系统策略 DLI ReadOnlyAccess 或相应服务的系统策略。",
    },
  ],
};
