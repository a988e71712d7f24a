/** What the control plane remembers of services, sessions and what runs through them. */

export type ComputePhase = "notStarted" | "starting" | "running" | "stopping" | "stopped" | "error";

export interface Setting {
  configFileName: string;
  configItemKey: string;
  configItemValue: string;
}

/** What a Kyuubi service and a session have in common: a user of the SQL engine that is started and stopped. */
interface ComputeBase {
  computeId: string;
  workspaceId: string;
  /** The workspace's bucket. */
  bucket: string;
  queue: string;
  name: string;
  /** spark-defaults of its applications. */
  sparkConf: Readonly<Record<string, string>>;
  releaseVersion: string;
  displayReleaseVersion: string;
  publicEndpointEnabled: boolean;
  createTime: number;
  phase: ComputePhase;
  reason: { code: string; message: string };
  /** The latest start. */
  startTime?: number;
  runId?: string;
}

export interface KyuubiService extends ComputeBase {
  kind: "kyuubi";
  kyuubiReleaseVersion: string;
  computeInstance: string;
  replica: number;
  /** As received; the service takes several syntaxes. */
  kyuubiConfigs: string;
  sparkConfigs: string;
  /** The engine's own, from kyuubiConfigs. */
  engineIdleMinutes: number;
}

export interface Session extends ComputeBase {
  kind: "session";
  applicationConfigs: readonly Setting[];
  autoStart: boolean;
  autoStop: { enable: boolean; idleTimeoutMinutes: number };
}

export type Compute = KyuubiService | Session;

/** One start of a service or session and the CU that it holds until its end. */
export interface ComputeRun {
  runId: string;
  computeId: string;
  workspaceId: string;
  bucket: string;
  queue: string;
  cores: number;
  memoryMiB: number;
  cu: number;
  startTime: number;
  endTime?: number;
}

export interface KyuubiToken {
  tokenId: string;
  kyuubiServiceId: string;
  workspaceId: string;
  name: string;
  /** In clear, because GetKyuubiToken and ListKyuubiToken tell it. */
  token: string;
  memberArns: readonly string[];
  sparkRole: readonly string[];
  autoExpireConfiguration: { enable: boolean; expireDays?: number };
  createTime: number;
  expireTime?: number;
  lastUsedTime?: number;
}

/** A Spark application that a service started; remembered after the engine forgot it. */
export interface KyuubiApplication {
  applicationId: string;
  kyuubiServiceId: string;
  name: string;
  state: "STARTING" | "RUNNING" | "TERMINATED" | "ERROR";
  startTime: number;
  endTime?: number;
  queue: string;
  cores: number;
  memoryMiB: number;
  cu: number;
}

export type StatementState = "waiting" | "running" | "available" | "error" | "cancelled";

export interface Statement {
  statementId: string;
  workspaceId: string;
  sessionClusterId: string;
  runId: string;
  bucket: string;
  codeContent: string;
  limit: number;
  catalog?: string;
  database?: string;
  state: StatementState;
  submitTime: number;
  /** Milliseconds, one for each statement of codeContent that has run. */
  executionTime: readonly number[];
  outputs: readonly { schema: string; rowsFilePath: string }[];
  error?: { code: string; message: string };
}

export interface Member {
  workspaceId: string;
  memberArn: string;
  userName: string;
  createTime: number;
  roles: readonly { name: string; createTime: number }[];
}

export function isEnded(state: StatementState): boolean {
  return state === "available" || state === "error" || state === "cancelled";
}

/** Neither running nor about to: what Start and Delete need. */
export function isAtRest(phase: ComputePhase): boolean {
  return phase === "notStarted" || phase === "stopped" || phase === "error";
}
