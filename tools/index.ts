import type { Tool } from "./define.ts";
import { listReleaseVersions } from "./emr/catalogue.ts";
import { getCuHours } from "./emr/cu-hours.ts";
import { diagnoseJobRun } from "./emr/diagnose-job-run.ts";
import { getStarted } from "./emr/get-started.ts";
import { cancelJobRun, getJobRun, listJobRuns } from "./emr/job-runs.ts";
import { listLogContents } from "./emr/logs.ts";
import { editWorkspaceQueue, listWorkspaceQueues } from "./emr/queues.ts";
import { startJobRun } from "./emr/start-job-run.ts";
import { waitJobRun } from "./emr/wait-job-run.ts";
import { createWorkspace, listWorkspaces } from "./emr/workspaces.ts";
import { listAuditRecords } from "./shared/list-audit-records.ts";
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
  listAuditRecords,
];
