import type { SimulatedOperation } from "../../src/sandbox/emr/differences.ts";
import { formatLocalTime } from "../../src/sandbox/metering.ts";
import { jobRequest, startJob, workspaceRequest } from "../doubles/sandbox-emr.ts";
import {
  endedRun,
  endedStatement,
  newApplication,
  newService,
  newSession,
  newToken,
  runningService,
  runningSession,
  submit,
  token,
  type World,
  waitForSession,
} from "./sandbox-emr-all.support.ts";

/** A good request to each operation that the sandbox answers, and what its answer must hold. */

type Input = Record<string, unknown>;

export interface GoodCall {
  /** Makes what the request needs, and the request. */
  request: (world: World) => Input | Promise<Input>;
  /**
   * Dotted paths that the answer must hold, `[]` for every element of a list that is not empty: what public material
   * shows there, and of a list at least one thing that was made before.
   */
  tells: readonly string[];
}

const hourMs = 3_600_000;
const paging = ["maxResults", "totalCount"];
const driverLogs = ["driverStdOut", "driverStdError", "driverSyslog", "driverStartup"];
const template = ["bizId", "name", "templateType", "sparkVersion", "sparkConf"];
const inWorkspace = ({ workspaceId }: World) => ({ workspaceId });

export const goodCalls = {
  ListWorkspaces: {
    request: () => ({ state: "running", maxResults: 10 }),
    tells: [...paging, "workspaces[].workspaceId", "workspaces[].workspaceStatus"],
  },
  CreateWorkspace: {
    request: () => workspaceRequest({ clientToken: "t-1", tag: [{ key: "team", value: "etl" }] }),
    tells: ["operationId", "workspaceId"],
  },
  UpdateWorkspace: { request: ({ workspaceId }) => ({ workspaceId, workspaceName: "renamed", cu: 32 }), tells: [] },
  DeleteWorkspace: { request: inWorkspace, tells: ["operationId"] },
  ListWorkspaceQueues: {
    request: inWorkspace,
    tells: ["queueName", "queueStatus", "minResource", "maxResource", "usedResource"].map((name) => `queues[].${name}`),
  },
  CreateWorkspaceQueue: {
    request: async ({ workspaceId, call }) => {
      await call("UpdateWorkspace", { workspaceId, cu: 32 });
      return { workspaceId, workspaceQueueName: "etl_queue", resourceSpec: { cu: 8, maxCu: 16 } };
    },
    tells: [],
  },
  EditWorkspaceQueue: {
    request: ({ workspaceId }) => ({
      workspaceId,
      workspaceQueueName: "dev_queue",
      resourceSpec: { cu: 4, maxCu: 8 },
      environments: ["dev"],
    }),
    tells: [],
  },
  DeleteWorkspaceQueue: {
    request: ({ workspaceId }) => ({ workspaceId, workspaceQueueName: "dev_queue" }),
    tells: [],
  },
  StartJobRun: {
    request: ({ workspaceId }) => ({ workspaceId, clientToken: "t-1", ...jobRequest() }),
    tells: ["jobRunId"],
  },
  GetJobRun: {
    request: endedRun,
    tells: [
      ...["jobRunId", "state", "stateChangeReason.code", "stateChangeReason.message"].map((path) => `jobRun.${path}`),
      ...["tags[].key", "configurationOverrides.configurations[].configItemKey"].map((path) => `jobRun.${path}`),
      ...driverLogs.map((log) => `jobRun.log.${log}`),
    ],
  },
  ListJobRuns: {
    // Without groupByState, whose counts have another type than the SDK declares: see the table of differences.
    request: async (world) => {
      await endedRun(world);
      return { workspaceId: world.workspaceId, states: ["Success"], tags: [{ key: "environment", value: "dev" }] };
    },
    tells: [
      ...[...paging, "jobRuns[].jobRunId", "jobRuns[].state", "jobRuns[].cuHours"],
      ...driverLogs.map((log) => `jobRuns[].log.${log}`),
    ],
  },
  CancelJobRun: {
    request: async ({ call, workspaceId }) => ({
      workspaceId,
      jobRunId: await startJob(call, workspaceId, ["run=60000"]),
    }),
    tells: ["jobRunId"],
  },
  GetRunConfiguration: {
    request: async (world) => {
      const { workspaceId, jobRunId } = await endedRun(world);
      return { workspaceId, runId: jobRunId };
    },
    tells: [
      ...["configFileName", "configItemKey", "configItemValue"].map((name) => `applicationConfigs[].${name}`),
      ...["logConfig.LogLevel", "logConfig.LogPath", "runtimeConfigs[].key"],
    ].map((path) => `runConfiguration.${path}`),
  },
  ListLogContents: {
    request: async (world) => {
      const { workspaceId, jobRunId } = await endedRun(world);
      const fileName = `oss://sandbox/${workspaceId}/spark/logs/${jobRunId}/driver/stdout.log`;
      return { workspaceId, fileName, offset: 0, length: 9999 };
    },
    tells: ["listLogContent.contents[].LineContent", "listLogContent.totalLength"],
  },
  ListJobExecutors: { request: endedRun, tells: [...paging, "exexutors[].executorId", "exexutors[].status"] },
  ListExecutorLogs: {
    request: async (world) => ({ ...(await endedRun(world)), executorId: "driver" }),
    tells: [...paging, "logs[].fileName", "logs[].logType"],
  },
  GetCuHours: {
    request: async (world) => {
      const { workspaceId } = await endedRun(world);
      const [startTime, endTime] = [-hourMs, hourMs].map((distance) => formatLocalTime(Date.now() + distance));
      return { workspaceId, queue: "root_queue", startTime, endTime };
    },
    tells: ["data.cuHours"],
  },
  ListReleaseVersions: {
    request: inWorkspace,
    tells: ["releaseVersions[].releaseVersion", "releaseVersions[].displayReleaseVersion"],
  },
  ListCatalogs: { request: inWorkspace, tells: ["catalogs[].catalogId"] },
  ListMembers: { request: inWorkspace, tells: [...paging, "members[].memberArn", "members[].roles[].roleName"] },
  AddMembers: {
    request: ({ workspaceId }) => ({ workspaceId, memberArns: ["acs:ram::1000000001:user/2022"] }),
    tells: [],
  },
  GrantRoleToUsers: {
    request: ({ workspaceId }) => ({
      roleArn: `acs:emr::${workspaceId}:role/DataScience`,
      userArns: [`acs:emr::${workspaceId}:member/1000000001`],
    }),
    tells: [],
  },
  ListTemplate: {
    request: ({ workspaceId }) => ({ workspaceBizId: workspaceId }),
    tells: ["success", "errorCode", "errorMessage", "httpStatusCode", ...template.map((name) => `data[].${name}`)],
  },
  GetTemplate: {
    request: ({ workspaceId }) => ({ workspaceBizId: workspaceId, templateType: "TASK" }),
    tells: ["success", "errorCode", "errorMessage", "httpStatusCode", ...template.map((name) => `data.${name}`)],
  },
  CreateKyuubiService: {
    request: ({ workspaceId }) => ({ workspaceId, name: "gw", queue: "root_queue", sparkConfigs: "spark.a=1" }),
    tells: ["data.kyuubiServiceId"],
  },
  GetKyuubiService: {
    request: runningService,
    tells: ["kyuubiServiceId", "state", "createTime", "startTime", "innerEndpoint"].map((name) => `data.${name}`),
  },
  ListKyuubiServices: {
    request: async (world) => {
      const { workspaceId } = await runningService(world);
      return { workspaceId };
    },
    tells: ["kyuubiServiceId", "state", "createTime", "startTime"].map((name) => `data.kyuubiServices[].${name}`),
  },
  UpdateKyuubiService: {
    request: async (world) => ({ ...(await newService(world)), name: "gw2", queue: "root_queue", replica: 2 }),
    tells: ["data"],
  },
  StartKyuubiService: { request: newService, tells: ["data"] },
  StopKyuubiService: { request: runningService, tells: ["data"] },
  DeleteKyuubiService: { request: newService, tells: ["data"] },
  CreateKyuubiToken: {
    request: async (world) => ({
      ...(await newService(world)),
      name: "dashboards",
      token,
      autoExpireConfiguration: { enable: true, expireDays: 30 },
      memberArns: [`acs:emr::${world.workspaceId}:member/1000000001`],
    }),
    tells: ["data.tokenId"],
  },
  GetKyuubiToken: { request: newToken, tells: ["data.tokenId", "data.token", "data.memberArns[]"] },
  ListKyuubiToken: {
    request: async (world) => {
      const { tokenId, ...service } = await newToken(world);
      return service;
    },
    tells: ["data.tokens[].tokenId", "data.tokens[].token", "data.tokens[].accountNames[]"],
  },
  UpdateKyuubiToken: { request: async (world) => ({ ...(await newToken(world)), name: "renamed" }), tells: [] },
  DeleteKyuubiToken: { request: newToken, tells: [] },
  ListKyuubiSparkApplications: {
    request: async (world) => {
      const { applicationId, ...service } = await newApplication(world);
      return { ...service, applicationId, states: ["RUNNING"] };
    },
    tells: [...paging, "applications[].applicationId", "applications[].state", "applications[].cuHours"],
  },
  CancelKyuubiSparkApplication: { request: newApplication, tells: ["body.applicationId", "body.success"] },
  CreateSessionCluster: {
    request: ({ workspaceId }) => ({ workspaceId, name: "adhoc", queueName: "root_queue", clientToken: "t-1" }),
    tells: ["sessionClusterId"],
  },
  GetSessionCluster: {
    request: runningSession,
    tells: ["sessionClusterId", "state", "startTime", "applicationConfigs[].configItemKey"].map(
      (path) => `sessionCluster.${path}`,
    ),
  },
  ListSessionClusters: {
    request: async (world) => {
      const { workspaceId } = await runningSession(world);
      return { workspaceId, kind: "SQL" };
    },
    tells: [...paging, "sessionClusters[].sessionClusterId", "sessionClusters[].state"],
  },
  StartSessionCluster: { request: newSession, tells: ["sessionClusterId"] },
  StopSessionCluster: { request: runningSession, tells: ["sessionClusterId"] },
  DeleteSessionCluster: { request: newSession, tells: [] },
  CreateSqlStatement: {
    request: async (world) => {
      const { workspaceId, sessionClusterId } = await runningSession(world);
      return { workspaceId, sqlComputeId: sessionClusterId, codeContent: "SELECT 1", limit: 10 };
    },
    tells: ["data.statementId"],
  },
  GetSqlStatement: {
    request: async (world) => {
      const { workspaceId, statementId } = await endedStatement(world);
      return { workspaceId, statementId };
    },
    tells: ["statementId", "state", "sqlOutputs[].rows", "sqlOutputs[].schema", "executionTime[]"].map(
      (path) => `data.${path}`,
    ),
  },
  TerminateSqlStatement: {
    request: async (world) => {
      const { workspaceId, sessionClusterId } = await runningSession(world);
      return { workspaceId, statementId: await submit(world, sessionClusterId, "HOLD") };
    },
    tells: [],
  },
  ListSqlStatementContents: {
    request: async (world) => {
      const { workspaceId, sessionClusterId, fileName } = await endedStatement(world);
      await world.call("StopSessionCluster", { workspaceId, sessionClusterId });
      await waitForSession(world, sessionClusterId, "Stopped");
      return { workspaceId, fileName, maxResults: 2000 };
    },
    tells: ["contents", "maxResults", "totalCount"].map((name) => `sqlStatementContents.${name}`),
  },
} satisfies Record<SimulatedOperation, GoodCall>;
