import type { Profile } from "../../clouds/profile.ts";
import type { OperationRow } from "../../operations/types.ts";
import type { LoadedPolicy } from "../../policy/load.ts";
import { mayCall } from "../../policy/roles.ts";
import { ruleForSql, type SqlVerdict } from "../../policy/sql-risk.ts";
import type { OperationRule } from "../../policy/types.ts";
import { digest } from "../digest.ts";
import { queuesNamed, queuesOf } from "../queues.ts";
import { refuse } from "../refuse.ts";
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
  if (!loaded.ok) {
    return refuse(
      where,
      "POLICY_UNREADABLE",
      `${row.name} was not sent: the policy has problems: ${loaded.problems.slice(0, 3).join("; ")}.`,
      "Mend the policy files, then run `spark-workspace-mcp doctor`.",
    );
  }
  const written = loaded.policy.rule(row.name);
  const rule = written && sql ? ruleForSql(written, sql) : written;
  if (!rule) {
    return refuse(
      where,
      "UNKNOWN_OPERATION",
      `${row.name} was not sent: no policy rule covers it.`,
      "Operations without a rule are refused; `spark-workspace-mcp policy explain` lists those with one.",
    );
  }
  const target = nameTarget(rule.target, input);
  if (rule.risk === "forbidden") {
    return refuse(
      where,
      "FORBIDDEN_OPERATION",
      rule.forbiddenByUser
        ? `${row.name} of ${target} was not sent: policy.yaml of this machine forbids it, and no approval lifts this.`
        : `${row.name} of ${target} was not sent and never will be: no configuration and no approval lifts this.`,
      rule.instead?.[context.language] ?? "",
    );
  }
  if (profile.mode === "read-only" && !rule.risk.startsWith("read")) {
    return refuse(
      where,
      "READ_ONLY_PROFILE",
      `${row.name} was not sent: the profile ${profile.name} is read-only.`,
      "A person can set `mode: full` for the profile in the configuration file.",
    );
  }
  const { principal } = context;
  if (principal && !mayCall(principal.roles, rule.risk)) {
    return refuse(
      where,
      "ROLE_NOT_ALLOWED",
      `${row.name} of ${target} was not sent: ${principal.name} has the role ${principal.roles.join(", ") || "none"} here, and a call of class ${rule.risk} needs ${rule.risk.startsWith("read") ? "a role" : "operator"}.`,
      "Do not try another way. Somebody with the role operator can do it, or whoever keeps `team.yaml` of the server can give the role.",
    );
  }
  if (!admitsWorkspace(profile, row, rule, input)) {
    return refuseWorkspace(where, row, profile, workspaceOf(row, input) ?? "operations outside its workspaces");
  }
  const workspaceId = workspaceOf(row, input);
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
  };
}

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

function refuseWorkspace(where: Where, row: OperationRow, profile: Profile, what: string): Refused {
  const [admitted, key] =
    row.cloud === "dli" ? [profile.allowedQueues, "queues"] : [profile.allowedWorkspaces, "workspaces"];
  return refuse(
    where,
    "WORKSPACE_NOT_ALLOWED",
    `${row.name} was not sent: the profile ${profile.name} does not admit ${what}.`,
    `Admitted: ${admitted?.join(", ") || "none"}. A person can extend \`${key}\` of the profile.`,
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
  return refuseWorkspace(call.where, call.row, profile, names.join(", ") || "operations outside its queues");
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
