import type { Profile } from "../../clouds/profile.ts";
import { inBoth, type Text } from "../../language.ts";
import type { OperationRow } from "../../operations/types.ts";
import type { LoadedPolicy } from "../../policy/load.ts";
import { mayCall } from "../../policy/roles.ts";
import { ruleForSql, type SqlVerdict } from "../../policy/sql-risk.ts";
import type { OperationRule } from "../../policy/types.ts";
import { digest } from "../digest.ts";
import { queuesNamed, queuesOf } from "../queues.ts";
import { type Addressed, refuse } from "../refuse.ts";
import type { Call, CallContext, Facts, Refused, Where } from "../types.ts";
import type { Parsed } from "./1-parse.ts";

/** Step 2: there is a rule, it does not forbid the operation, and the profile and the caller's roles admit it. */
export function authorise(
  { row, input }: Parsed,
  loaded: LoadedPolicy,
  profile: Profile,
  where: Where,
  context: Pick<CallContext, "language" | "principal">,
  sql?: SqlVerdict,
): Call | Refused {
  const { language, principal } = context;
  const addressed = { where, language };
  if (!loaded.ok) {
    const problems = loaded.problems.slice(0, 3).join("; ");
    return refuse(
      addressed,
      "POLICY_UNREADABLE",
      {
        en: `${row.name} was not sent: the policy has problems: ${problems}.`,
        zh: `${row.name} 未发送：策略有问题：${problems}。`,
      },
      {
        en: "Mend the policy files, then run `spark-workspace-mcp doctor`.",
        zh: "请修正策略文件，然后运行 `spark-workspace-mcp doctor`。",
      },
    );
  }
  const written = loaded.policy.rule(row.name);
  const rule = written && sql ? ruleForSql(written, sql) : written;
  if (!rule) {
    return refuse(
      addressed,
      "UNKNOWN_OPERATION",
      {
        en: `${row.name} was not sent: no policy rule covers it.`,
        zh: `${row.name} 未发送：没有适用于它的策略规则。`,
      },
      {
        en: "Operations without a rule are refused; `spark-workspace-mcp policy explain` lists those with one.",
        zh: "没有规则的操作一律拒绝；`spark-workspace-mcp policy explain` 列出有规则的操作。",
      },
    );
  }
  const target = nameTarget(rule.target, input);
  if (rule.risk === "forbidden") {
    return refuse(
      addressed,
      "FORBIDDEN_OPERATION",
      rule.forbiddenByUser
        ? {
            en: `${row.name} of ${target} was not sent: policy.yaml of this machine forbids it, and no approval lifts this.`,
            zh: `${target} 的 ${row.name} 未发送：本机的 policy.yaml 禁止该操作，任何批准都不能解除。`,
          }
        : {
            en: `${row.name} of ${target} was not sent and never will be: no configuration and no approval lifts this.`,
            zh: `${target} 的 ${row.name} 未发送，也永远不会发送：任何配置和批准都不能解除。`,
          },
      rule.instead ?? { en: "", zh: "" },
    );
  }
  if (profile.mode === "read-only" && !rule.risk.startsWith("read")) {
    return refuse(
      addressed,
      "READ_ONLY_PROFILE",
      {
        en: `${row.name} was not sent: the profile ${profile.name} is read-only.`,
        zh: `${row.name} 未发送：配置 ${profile.name} 是只读的。`,
      },
      {
        en: "A person can set `mode: full` for the profile in the configuration file.",
        zh: "用户可在配置文件中为该配置设置 `mode: full`。",
      },
    );
  }
  if (principal && !mayCall(principal.roles, rule.risk)) {
    const reads = rule.risk.startsWith("read");
    const held = principal.roles.join(", ");
    return refuse(
      addressed,
      "ROLE_NOT_ALLOWED",
      {
        en: `${row.name} of ${target} was not sent: ${principal.name} has the role ${held || "none"} here, and a call of class ${rule.risk} needs ${reads ? "a role" : "operator"}.`,
        zh: `${target} 的 ${row.name} 未发送：${principal.name} 在此的角色为 ${held || "无"}，而 ${rule.risk} 类调用需要${reads ? "任一角色" : "角色 operator"}。`,
      },
      {
        en: "Do not try another way. Somebody with the role operator can do it, or whoever keeps `team.yaml` of the server can give the role.",
        zh: "不要尝试其他途径。可由具有 operator 角色的人操作，或由维护服务器 `team.yaml` 的人授予该角色。",
      },
    );
  }
  const workspaceId = workspaceOf(row, input);
  if (!admitsWorkspace(profile, row, rule, input)) {
    return refuseWorkspace(
      addressed,
      row,
      profile,
      workspaceId === undefined ? outsideWorkspaces : inBoth(workspaceId),
    );
  }
  return {
    row,
    rule,
    policy: loaded.policy,
    input,
    target,
    requestDigest: digest({
      operation: row.name,
      input,
      profile: profile.name,
      identity: profile.identity,
      environment: profile.environment,
      // Not the endpoint: the sandbox comes back on another port, and a retry must still be the same request.
      regionId: profile.regionId,
      projectId: profile.projectId,
      // One principal's yes never carries another's request.
      principal: principal?.name,
    }),
    ...(workspaceId !== undefined && { workspaceId }),
    ...(sql && { sql }),
    where,
    language,
  };
}

const outsideWorkspaces = { en: "operations outside its workspaces", zh: "工作空间之外的操作" };
const outsideQueues = { en: "operations outside its queues", zh: "队列之外的操作" };

/** With an allow-list, a write that names no workspace could reach any, so it is not admitted; storage has none. */
function admitsWorkspace(
  profile: Profile,
  row: OperationRow,
  rule: OperationRule,
  input: Readonly<Record<string, unknown>>,
): boolean {
  if (row.cloud === "dli") return admitsQueue(profile, queuesNamed(input)) ?? true;
  if (!profile.allowedWorkspaces || row.cloud === "oss" || row.cloud === "obs") return true;
  const workspace = workspaceOf(row, input);
  return workspace === undefined ? rule.risk.startsWith("read") : profile.allowedWorkspaces.includes(workspace);
}

function refuseWorkspace(addressed: Addressed, row: OperationRow, profile: Profile, { en, zh }: Text): Refused {
  const [admitted, key] =
    row.cloud === "dli" ? [profile.allowedQueues, "queues"] : [profile.allowedWorkspaces, "workspaces"];
  const names = admitted?.join(", ");
  return refuse(
    addressed,
    "WORKSPACE_NOT_ALLOWED",
    {
      en: `${row.name} was not sent: the profile ${profile.name} does not admit ${en}.`,
      zh: `${row.name} 未发送：配置 ${profile.name} 不允许：${zh}。`,
    },
    {
      en: `Admitted: ${names || "none"}. A person can extend \`${key}\` of the profile.`,
      zh: `允许的有：${names || "无"}。用户可扩充该配置的 \`${key}\`。`,
    },
  );
}

/**
 * Of DLI, once the target was read: a job is known by its id, and its queue by what was read of it. A write whose queues
 * nobody can tell could reach any, so with an allow-list it is not admitted.
 */
export function refuseQueue(call: Call, profile: Profile, facts: Facts): Refused | undefined {
  if (call.row.cloud !== "dli" || !profile.allowedQueues || call.rule.risk.startsWith("read")) return undefined;
  const names = queuesOf(call.input, facts);
  if (admitsQueue(profile, names) === true) return undefined;
  return refuseWorkspace(call, call.row, profile, names.length > 0 ? inBoth(names.join(", ")) : outsideQueues);
}

/** Undefined: it names none, or there is no list. */
function admitsQueue({ allowedQueues }: Profile, names: readonly string[]): boolean | undefined {
  if (!allowedQueues || names.length === 0) return undefined;
  const admitted = new Set(allowedQueues.map((name) => name.toLowerCase()));
  return names.every((name) => admitted.has(name));
}

/** What is known of the SQL that a call carries; undefined for a call that carries none. */
export async function judgeSql(
  { row, input }: Parsed,
  loaded: LoadedPolicy,
  classify: ((sql: string) => Promise<SqlVerdict>) | undefined,
): Promise<SqlVerdict | undefined> {
  const parameter = loaded.ok ? loaded.policy.rule(row.name)?.sql : undefined;
  if (parameter === undefined) return undefined;
  const text = input[parameter];
  if (typeof text !== "string" || !classify) return { kind: "unknown", why: "nothing here can tell what it does" };
  try {
    return await classify(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: "unknown", why: `nothing here can tell what it does (${reason})` };
  }
}

/** What an operation acts on, as its rule names it; known of refused calls too. */
export function targetOf({ row, input }: Parsed, loaded: LoadedPolicy): string | undefined {
  const rule = loaded.ok ? loaded.policy.rule(row.name) : undefined;
  return rule && nameTarget(rule.target, input);
}

function nameTarget(template: string, input: Readonly<Record<string, unknown>>): string {
  return template.replace(/\$(\w+)/g, (_, name: string) => String(input[name] ?? "(none)"));
}

/** The names under which rows carry a workspace id; a workspace is the only resource that has a group (notes). */
function workspaceOf(row: OperationRow, input: Readonly<Record<string, unknown>>): string | undefined {
  if (row.cloud === "dli") return queuesNamed(input)[0];
  const value = input.workspaceId ?? input.workspaceBizId ?? input.bizId ?? input.resourceId;
  return typeof value === "string" ? value : undefined;
}
