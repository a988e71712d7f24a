import { createHash } from "node:crypto";
import type { OperationRow } from "../../operations/types.ts";
import { type Answer, notSimulated } from "../errors.ts";
import type { EmrContext, Handler } from "./context.ts";
import type { SimulatedOperation } from "./differences.ts";
import { type RawInput, type RegionIdRule, readInput } from "./input.ts";
import { cancelJobRun, getJobRun, getRunConfiguration, listJobRuns, startJobRun } from "./job-runs.ts";
import { cancelKyuubiSparkApplication, listKyuubiSparkApplications } from "./kyuubi-applications.ts";
import {
  createKyuubiService,
  deleteKyuubiService,
  getKyuubiService,
  listKyuubiServices,
  startKyuubiService,
  stopKyuubiService,
  updateKyuubiService,
} from "./kyuubi-services.ts";
import {
  createKyuubiToken,
  deleteKyuubiToken,
  getKyuubiToken,
  listKyuubiToken,
  updateKyuubiToken,
} from "./kyuubi-tokens.ts";
import { listExecutorLogs, listJobExecutors, listLogContents } from "./logs.ts";
import { addMembers, grantRoleToUsers, listMembers } from "./members.ts";
import { createWorkspaceQueue, deleteWorkspaceQueue, editWorkspaceQueue, listWorkspaceQueues } from "./queues.ts";
import { idempotentParameterMismatch } from "./quirks.ts";
import { listReleaseVersions } from "./releases.ts";
import {
  createSessionCluster,
  deleteSessionCluster,
  getSessionCluster,
  listSessionClusters,
  startSessionCluster,
  stopSessionCluster,
} from "./sessions.ts";
import {
  createSqlStatement,
  getSqlStatement,
  listSqlStatementContents,
  terminateSqlStatement,
} from "./sql-statements.ts";
import { getTemplate, listTemplate } from "./templates.ts";
import { getCuHours, listCatalogs } from "./workspace-facts.ts";
import { createWorkspace, deleteWorkspace, listWorkspaces, updateWorkspace } from "./workspaces.ts";

const handlers: { [Name in SimulatedOperation]: Handler<Name> } = {
  ListWorkspaces: listWorkspaces,
  CreateWorkspace: createWorkspace,
  UpdateWorkspace: updateWorkspace,
  DeleteWorkspace: deleteWorkspace,
  ListWorkspaceQueues: listWorkspaceQueues,
  CreateWorkspaceQueue: createWorkspaceQueue,
  EditWorkspaceQueue: editWorkspaceQueue,
  DeleteWorkspaceQueue: deleteWorkspaceQueue,
  StartJobRun: startJobRun,
  GetJobRun: getJobRun,
  ListJobRuns: listJobRuns,
  CancelJobRun: cancelJobRun,
  GetRunConfiguration: getRunConfiguration,
  ListLogContents: listLogContents,
  ListJobExecutors: listJobExecutors,
  ListExecutorLogs: listExecutorLogs,
  GetCuHours: getCuHours,
  ListReleaseVersions: listReleaseVersions,
  ListCatalogs: listCatalogs,
  ListMembers: listMembers,
  AddMembers: addMembers,
  GrantRoleToUsers: grantRoleToUsers,
  CreateKyuubiService: createKyuubiService,
  GetKyuubiService: getKyuubiService,
  ListKyuubiServices: listKyuubiServices,
  UpdateKyuubiService: updateKyuubiService,
  StartKyuubiService: startKyuubiService,
  StopKyuubiService: stopKyuubiService,
  DeleteKyuubiService: deleteKyuubiService,
  CreateKyuubiToken: createKyuubiToken,
  GetKyuubiToken: getKyuubiToken,
  ListKyuubiToken: listKyuubiToken,
  UpdateKyuubiToken: updateKyuubiToken,
  DeleteKyuubiToken: deleteKyuubiToken,
  ListKyuubiSparkApplications: listKyuubiSparkApplications,
  CancelKyuubiSparkApplication: cancelKyuubiSparkApplication,
  CreateSessionCluster: createSessionCluster,
  GetSessionCluster: getSessionCluster,
  ListSessionClusters: listSessionClusters,
  StartSessionCluster: startSessionCluster,
  StopSessionCluster: stopSessionCluster,
  DeleteSessionCluster: deleteSessionCluster,
  CreateSqlStatement: createSqlStatement,
  GetSqlStatement: getSqlStatement,
  TerminateSqlStatement: terminateSqlStatement,
  ListSqlStatementContents: listSqlStatementContents,
  GetTemplate: getTemplate,
  ListTemplate: listTemplate,
};

/** What the sandbox really does; every other operation of the registry is answered with Sandbox.NotSimulated. */
export const simulatedOperations: readonly string[] = Object.keys(handlers).sort();

/** The input is of the row that it was read by, which is the handler's. */
type AnyHandler = (input: Record<string, unknown>, context: EmrContext) => Answer | Promise<Answer>;

export async function perform(
  row: OperationRow,
  raw: RawInput,
  context: EmrContext,
  regionIdRule: RegionIdRule,
): Promise<Answer> {
  const handler = Object.hasOwn(handlers, row.name)
    ? (handlers[row.name as SimulatedOperation] as AnyHandler)
    : undefined;
  if (!handler) return notSimulated(row.name);
  const read = readInput(row, raw, regionIdRule);
  if ("error" in read) return read;
  const token = tokenOf(row, read.input);
  return token === undefined ? handler(read.input, context) : performOnce(row, read.input, token, handler, context);
}

/** Same token and same request: the first answer again, without doing anything. Only what succeeded is remembered. */
function performOnce(
  row: OperationRow,
  input: Record<string, unknown>,
  token: string,
  handler: AnyHandler,
  context: EmrContext,
): Answer {
  const key = `${row.name}/${token}`;
  const requestDigest = createHash("sha256").update(canonicalJson(input)).digest("hex");
  const first = context.documents.firstAnswer(key);
  if (first) return first.requestDigest === requestDigest ? { body: first.body } : idempotentParameterMismatch;
  return context.documents.transaction(() => {
    const answer = handler(input, context);
    if (answer instanceof Promise) throw new TypeError(`${row.name} carries a token, so it must answer at once`);
    if ("body" in answer) context.documents.rememberAnswer(key, { requestDigest, body: answer.body });
    return answer;
  });
}

function tokenOf(row: OperationRow, input: Record<string, unknown>): string | undefined {
  let value: unknown = input;
  for (const member of row.idempotencyToken?.split(".") ?? [""]) {
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[member] : undefined;
  }
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** JSON with members in order, so that the order in which a client sends them does not count. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(",")}}`;
}
