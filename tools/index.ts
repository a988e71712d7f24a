import type { Tool } from "./define.ts";
import { listCatalogs, listReleaseVersions } from "./emr/catalogue.ts";
import { getCuHours } from "./emr/cu-hours.ts";
import { diagnoseJobRun } from "./emr/diagnose-job-run.ts";
import { getRunConfiguration, listExecutorLogs, listExecutors } from "./emr/executors.ts";
import { getStarted } from "./emr/get-started.ts";
import { cancelJobRun, getJobRun, listJobRuns } from "./emr/job-runs.ts";
import { cancelKyuubiApplication, listKyuubiApplications } from "./emr/kyuubi-applications.ts";
import {
  createKyuubiService,
  deleteKyuubiService,
  getKyuubiService,
  listKyuubiServices,
  startKyuubiService,
  stopKyuubiService,
  updateKyuubiService,
} from "./emr/kyuubi-services.ts";
import { cancelKyuubiSql, executeKyuubiSql, getKyuubiSql } from "./emr/kyuubi-sql.ts";
import { createKyuubiToken, deleteKyuubiToken, listKyuubiTokens, updateKyuubiToken } from "./emr/kyuubi-tokens.ts";
import { listLogContents } from "./emr/logs.ts";
import { addMembers, grantRole, listMembers } from "./emr/members.ts";
import { editWorkspaceQueue, listWorkspaceQueues } from "./emr/queues.ts";
import { getSqlStatement, runSql, terminateSqlStatement } from "./emr/session-sql.ts";
import { createSession, deleteSession, getSession, listSessions, startSession, stopSession } from "./emr/sessions.ts";
import { startJobRun } from "./emr/start-job-run.ts";
import { waitJobRun } from "./emr/wait-job-run.ts";
import { createWorkspace, listWorkspaces } from "./emr/workspaces.ts";
import { listAuditRecords } from "./shared/list-audit-records.ts";
import { callOperation, searchOperations } from "./shared/operations.ts";
import { listBuckets } from "./storage/list-buckets.ts";
import { uploadProgram } from "./storage/upload-program.ts";

/** Every tool, in the order of tools/list: the way a first session goes. */
export const tools: readonly Tool[] = [
  getStarted,
  listWorkspaces,
  createWorkspace,
  listWorkspaceQueues,
  editWorkspaceQueue,
  listReleaseVersions,
  listBuckets,
  uploadProgram,
  startJobRun,
  waitJobRun,
  getJobRun,
  listJobRuns,
  listLogContents,
  diagnoseJobRun,
  cancelJobRun,
  getCuHours,
  searchOperations,
  callOperation,
  listAuditRecords,
  getRunConfiguration,
  listExecutors,
  listExecutorLogs,
  listKyuubiServices,
  getKyuubiService,
  createKyuubiService,
  updateKyuubiService,
  startKyuubiService,
  stopKyuubiService,
  deleteKyuubiService,
  executeKyuubiSql,
  getKyuubiSql,
  cancelKyuubiSql,
  listKyuubiTokens,
  createKyuubiToken,
  updateKyuubiToken,
  deleteKyuubiToken,
  listKyuubiApplications,
  cancelKyuubiApplication,
  listSessions,
  getSession,
  createSession,
  startSession,
  stopSession,
  deleteSession,
  runSql,
  getSqlStatement,
  terminateSqlStatement,
  listCatalogs,
  listMembers,
  addMembers,
  grantRole,
];
