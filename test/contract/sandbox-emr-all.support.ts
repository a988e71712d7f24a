import type { TestSandbox } from "../doubles/sandbox-emr.ts";
import { newWorkspace, openSandbox, startJob, waitForState } from "../doubles/sandbox-emr.ts";

/** What requests of the control plane need to find: runs, services, sessions, statements. */

export type World = TestSandbox & { workspaceId: string };

export const token = "rjy7ejhej9gkzjjuun49jnx2xk8if2cu";

export async function openWorld(): Promise<World> {
  const opened = await openSandbox();
  return { ...opened, workspaceId: await newWorkspace(opened.call) };
}

/** Reads until it is so. */
async function until<T>(read: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const found = await read();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("it never came to that");
}

export async function endedRun({ call, workspaceId }: World) {
  const jobRunId = await startJob(call, workspaceId, ["log=hello"], {
    tags: [{ key: "environment", value: "dev" }],
    configurationOverrides: {
      configurations: [
        { configFileName: "spark-defaults.conf", configItemKey: "spark.app.name", configItemValue: "etl" },
      ],
    },
  });
  await waitForState(call, workspaceId, jobRunId, "Success");
  return { workspaceId, jobRunId };
}

export async function newService({ call, workspaceId }: World) {
  const { data } = await call("CreateKyuubiService", { workspaceId, name: "gw", queue: "root_queue" });
  return { workspaceId, kyuubiServiceId: data?.kyuubiServiceId ?? "" };
}

export async function runningService(world: World) {
  const service = await newService(world);
  await world.call("StartKyuubiService", service);
  await until(async () => {
    const { data } = await world.call("GetKyuubiService", service);
    return data?.state === "RUNNING" || undefined;
  });
  return service;
}

export async function newToken(world: World) {
  const service = await newService(world);
  const memberArns = [`acs:emr::${world.workspaceId}:member/1000000001`];
  const { data } = await world.call("CreateKyuubiToken", { ...service, name: "dashboards", token, memberArns });
  return { ...service, tokenId: data?.tokenId ?? "" };
}

export async function newApplication(world: World) {
  const service = await runningService(world);
  await world.sql.run(service.kyuubiServiceId, "SELECT 1", { maxRows: 1 });
  const [application] = await world.sql.applications(service.kyuubiServiceId);
  return { ...service, applicationId: application?.applicationId ?? "" };
}

export async function newSession({ call, workspaceId }: World) {
  const applicationConfigs = [{ configItemKey: "spark.app.name", configItemValue: "adhoc" }];
  const request = { workspaceId, name: "adhoc", queueName: "root_queue", applicationConfigs };
  const { sessionClusterId = "" } = await call("CreateSessionCluster", request);
  return { workspaceId, sessionClusterId };
}

export async function runningSession(world: World) {
  const session = await newSession(world);
  await world.call("StartSessionCluster", session);
  await waitForSession(world, session.sessionClusterId, "Running");
  return session;
}

export function waitForSession({ call, workspaceId }: World, sessionClusterId: string, state: string) {
  return until(async () => {
    const { sessionCluster } = await call("GetSessionCluster", { workspaceId, sessionClusterId });
    return sessionCluster?.state === state || undefined;
  });
}

export async function submit({ call, workspaceId }: World, sqlComputeId: string, codeContent: string): Promise<string> {
  return (await call("CreateSqlStatement", { workspaceId, sqlComputeId, codeContent })).data?.statementId ?? "";
}

export async function endedStatement(world: World) {
  const { call, workspaceId } = world;
  const { sessionClusterId } = await runningSession(world);
  const statementId = await submit(world, sessionClusterId, "SELECT 1");
  const fileName = await until(async () => {
    const { data } = await call("GetSqlStatement", { workspaceId, statementId });
    return data?.state === "available" ? data.sqlOutputs?.[0]?.rowsFilePath : undefined;
  });
  return { workspaceId, sessionClusterId, statementId, fileName };
}
