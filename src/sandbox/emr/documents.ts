import type { ExecutorSummary } from "../engine.ts";
import type { Store } from "../store.ts";
import type { Compute, ComputeRun, KyuubiApplication, KyuubiToken, Member, Statement } from "./sql-documents.ts";

/** What the control plane remembers; every kind is one set of documents in the store. */

export interface Tag {
  key: string;
  value: string;
}

export interface Workspace {
  workspaceId: string;
  workspaceName: string;
  regionId: string;
  ossBucket: string;
  /** First part of ossBucket: the bucket's name. */
  bucket: string;
  ramRoleName: string;
  paymentType: string;
  cu: number;
  createTime: number;
  runningAt: number;
  deletedAt?: number;
  terminatedAt?: number;
  resourceGroupId?: string;
  dlfCatalogId?: string;
  dlfType?: string;
  duration?: string;
  paymentDurationUnit?: string;
  autoRenew?: string;
  autoRenewPeriod?: string;
  autoRenewPeriodUnit?: string;
  ipWhiteList: readonly string[];
  tags: readonly Tag[];
  lastQueueEditAt?: number;
}

export interface Queue {
  workspaceId: string;
  queueName: string;
  cu: number;
  maxCu: number;
  createTime: number;
  environments: readonly string[];
  queueCategory: string;
  paymentType: string;
  preheat: boolean;
  description?: string;
}

export type JobState =
  | "Submitted"
  | "Pending"
  | "Running"
  | "Success"
  | "Failed"
  | "Cancelling"
  | "Cancelled"
  | "CancelFailed";

export interface Configuration {
  configFileName?: string;
  configItemKey?: string;
  configItemValue?: string;
}

export interface JobRun {
  jobRunId: string;
  workspaceId: string;
  bucket: string;
  name: string;
  codeType: "JAR" | "PYTHON" | "SQL";
  entryPoint: string;
  entryPointArguments: readonly string[];
  sparkSubmitParameters: string;
  configurations: readonly Configuration[];
  resourceQueueId: string;
  releaseVersion: string;
  displayReleaseVersion: string;
  fusion: boolean;
  executionTimeoutSeconds?: number;
  tags: readonly Tag[];
  cores: number;
  memoryMiB: number;
  cu: number;
  state: JobState;
  stateChangeReason: { code: string; message: string };
  submitTime: number;
  startTime?: number;
  endTime?: number;
  processGroup?: number;
  applicationId?: string;
  executors?: readonly ExecutorSummary[];
}

export interface FirstAnswer {
  requestDigest: string;
  body: Record<string, unknown>;
}

export interface Collection<T> {
  all(): T[];
  get(id: string): T | undefined;
  put(document: T): void;
  delete(id: string): void;
}

export interface Documents {
  workspaces: Collection<Workspace>;
  queues: Collection<Queue>;
  jobRuns: Collection<JobRun>;
  members: Collection<Member>;
  /** Kyuubi services and sessions. */
  computes: Collection<Compute>;
  computeRuns: Collection<ComputeRun>;
  kyuubiTokens: Collection<KyuubiToken>;
  kyuubiApplications: Collection<KyuubiApplication>;
  statements: Collection<Statement>;
  transaction<T>(work: () => T): T;
  firstAnswer(key: string): FirstAnswer | undefined;
  rememberAnswer(key: string, answer: FirstAnswer): void;
}

export function documentsIn(store: Store): Documents {
  return {
    workspaces: collection<Workspace>(store, "workspace", (workspace) => workspace.workspaceId),
    queues: collection<Queue>(store, "queue", (queue) => queueId(queue.workspaceId, queue.queueName)),
    jobRuns: collection<JobRun>(store, "jobRun", (job) => job.jobRunId),
    members: collection<Member>(store, "member", (member) => member.memberArn),
    computes: collection<Compute>(store, "compute", (compute) => compute.computeId),
    computeRuns: collection<ComputeRun>(store, "computeRun", (run) => run.runId),
    kyuubiTokens: collection<KyuubiToken>(store, "kyuubiToken", (token) => token.tokenId),
    kyuubiApplications: collection<KyuubiApplication>(
      store,
      "kyuubiApplication",
      (application) => application.applicationId,
    ),
    statements: collection<Statement>(store, "statement", (statement) => statement.statementId),
    transaction: store.transaction,
    firstAnswer: (key) => store.get("answer", key) as FirstAnswer | undefined,
    rememberAnswer: (key, answer) => store.put("answer", key, answer),
  };
}

export function queueId(workspaceId: string, queueName: string): string {
  return `${workspaceId}/${queueName}`;
}

/** Only this module writes a kind, so what is read has its shape. */
function collection<T extends object>(store: Store, kind: string, idOf: (document: T) => string): Collection<T> {
  return {
    all: () => store.all(kind) as T[],
    get: (id) => store.get(kind, id) as T | undefined,
    put: (document) => store.put(kind, idOf(document), document),
    delete: (id) => store.delete(kind, id),
  };
}

export function isTerminal(state: JobState): boolean {
  return state === "Success" || state === "Failed" || state === "Cancelled";
}
