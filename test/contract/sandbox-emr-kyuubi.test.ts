import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatLocalTime } from "../../src/sandbox/metering.ts";
import { type Call, refusalOf } from "../doubles/emr-client.ts";
import {
  newDataFolder,
  newWorkspace,
  openSandbox,
  startJob,
  type TestSandbox,
  waitForState,
} from "../doubles/sandbox-emr.ts";
import { unavailable } from "../doubles/sql-engine.ts";

const secret = "rjy7ejhej9gkzjjuun49jnx2xk8if2cu";
/** 1 core and 4 GiB three times over: driver and two executors. */
const sparkConfigs = "spark.executor.instances=2";

async function newService(call: Call, workspaceId: string, change: Record<string, unknown> = {}): Promise<string> {
  const request = { workspaceId, name: "gw", queue: "root_queue", ...change };
  return (await call("CreateKyuubiService", request)).data?.kyuubiServiceId ?? "";
}

async function runningService(call: Call, workspaceId: string, change: Record<string, unknown> = {}) {
  const kyuubiServiceId = await newService(call, workspaceId, change);
  await call("StartKyuubiService", { workspaceId, kyuubiServiceId });
  await waitForService(call, { workspaceId, kyuubiServiceId }, "RUNNING");
  return { workspaceId, kyuubiServiceId };
}

async function waitForService(call: Call, service: { workspaceId: string; kyuubiServiceId: string }, state: string) {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const { data } = await call("GetKyuubiService", service);
    if (data?.state === state) return data;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`the service never became ${state}`);
}

async function stateOf(call: Call, service: { workspaceId: string; kyuubiServiceId: string }) {
  return (await call("GetKyuubiService", service)).data?.state;
}

/** The texts of the log without their times. */
async function serviceLog(call: Call, { workspaceId, kyuubiServiceId }: Record<string, string>): Promise<string[]> {
  const fileName = `oss://sandbox/${workspaceId}/kyuubi/logs/${kyuubiServiceId}/service.log`;
  const read = await call("ListLogContents", { workspaceId, fileName, offset: 0, length: 100 });
  return (read.listLogContent?.contents ?? []).map(({ LineContent = "" }) => LineContent.trim().replace(/^\S+ /, ""));
}

/** What the gateway does with a connection: whom it lets in, or its refusal. */
async function connect({ sandbox, sql }: Pick<TestSandbox, "sandbox" | "sql">, token: string): Promise<string> {
  const before = sql.connected.length;
  const url = `http://${sandbox.kyuubiEndpoint}/cliservice/token/${token}`;
  const response = await fetch(url, { method: "POST", body: "hello" });
  const user = sql.connected[before];
  return user ?? `${response.status} ${(await response.text()).trim()}`;
}

describe("a Kyuubi service", () => {
  test("is made NOT_STARTED and tells what it was made of", async () => {
    const { call, sql } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const kyuubiServiceId = await newService(call, workspaceId, {
      releaseVersion: "esr-4.6.0 (Spark 3.5.2, Scala 2.12)",
      kyuubiReleaseVersion: "1.9.2-0.0.1",
      computeInstance: "4C16G",
      replica: 3,
      kyuubiConfigs: '[{"key":"kyuubi.engine.share.level","value":"USER"}]',
      sparkConfigs,
    });
    expect(kyuubiServiceId).toMatch(/^kb-[0-9a-f]{16}$/);
    const { data } = await call("GetKyuubiService", { workspaceId, kyuubiServiceId });
    expect(data).toMatchObject({
      kyuubiServiceId,
      name: "gw",
      queue: "root_queue",
      state: "NOT_STARTED",
      releaseVersion: "esr-4.6.0 (Spark 3.5.2, Scala 2.12)",
      kyuubiReleaseVersion: "1.9.2-0.0.1",
      computeInstance: "4C16G",
      replica: 3,
      kyuubiConfigs: '[{"key":"kyuubi.engine.share.level","value":"USER"}]',
      sparkConfigs,
      publicEndpointEnabled: false,
    });
    expect(data?.startTime).toBeUndefined();
    expect(sql.admitted).toEqual([]);
  });

  test("GetKyuubiService and ListKyuubiServices write times in forms of their own", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const service = await runningService(call, workspaceId);
    const { data } = await call("GetKyuubiService", service);
    expect(data?.createTime).toMatch(/^\d{13}$/);
    expect(data?.startTime).toMatch(/^\d{13}$/);
    const [listed] = (await call("ListKyuubiServices", { workspaceId })).data?.kyuubiServices ?? [];
    expect(listed?.createTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(listed?.startTime).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect(listed).toMatchObject({ kyuubiServiceId: service.kyuubiServiceId, state: "RUNNING" });
  });

  test("goes from STARTING to RUNNING once its user is in the engine, and back over TERMINATING", async () => {
    const { call, sql } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const admission = Promise.withResolvers<void>();
    const dismissal = Promise.withResolvers<void>();
    sql.beforeAdmit = () => admission.promise;
    sql.beforeDismiss = () => dismissal.promise;
    const kyuubiServiceId = await newService(call, workspaceId, { sparkConfigs: "spark.executor.memory=2g" });
    const service = { workspaceId, kyuubiServiceId };
    expect(await call("StartKyuubiService", service)).toMatchObject({ data: "true" });
    expect(await stateOf(call, service)).toBe("STARTING");
    admission.resolve();
    await waitForService(call, service, "RUNNING");
    expect(sql.admitted).toEqual([
      { name: kyuubiServiceId, sparkConf: { "spark.executor.memory": "2g" }, idleMinutes: 30 },
    ]);
    expect(await call("StopKyuubiService", service)).toMatchObject({ data: "true" });
    expect(await stateOf(call, service)).toBe("TERMINATING");
    dismissal.resolve();
    await waitForService(call, service, "NOT_STARTED");
    expect(sql.dismissed).toEqual([kyuubiServiceId]);
  });

  test.each([
    ["semicolons", "spark.a=1;spark.b=x=y;", { "spark.a": "1", "spark.b": "x=y" }],
    ["lines", "spark.a=1\nspark.b=2", { "spark.a": "1", "spark.b": "2" }],
    ["a JSON list", '[{"key":"spark.a","value":"1"}]', { "spark.a": "1" }],
    ["an empty JSON list", "[]", {}],
  ])("takes its Spark settings as %s", async (_, text, sparkConf) => {
    const { call, sql } = await openSandbox();
    await runningService(call, await newWorkspace(call), { sparkConfigs: text });
    expect(sql.admitted[0]?.sparkConf).toEqual(sparkConf);
  });

  test("hands the engine's idle time on from kyuubiConfigs", async () => {
    const { call, sql } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    await runningService(call, workspaceId, { kyuubiConfigs: "kyuubi.session.engine.idle.timeout=PT1H30M" });
    expect(sql.admitted[0]?.idleMinutes).toBe(90);
  });

  test.each([
    ["no name", { name: undefined }, "MissingParameter"],
    ["no queue", { queue: undefined }, "MissingParameter"],
    ["an unknown queue", { queue: "nowhere" }, "InvalidParameter"],
    ["an unknown engine version", { releaseVersion: "esr-9" }, "InvalidParameter"],
    ["an unknown size", { computeInstance: "3c5g" }, "InvalidParameter"],
    ["a negative replica", { replica: -1 }, "InvalidParameter"],
    ["a Kyuubi version that is none", { kyuubiReleaseVersion: "latest" }, "InvalidParameter"],
    ["Spark settings without a value", { sparkConfigs: "spark.a" }, "InvalidParameter"],
    ["Kyuubi settings that are no list of pairs", { kyuubiConfigs: "[1]" }, "InvalidParameter"],
  ])("with %s is refused and not made", async (_, change, Code) => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    expect(await refusalOf(newService(call, workspaceId, change))).toMatchObject({ statusCode: 400, Code });
    expect((await call("ListKyuubiServices", { workspaceId })).data?.kyuubiServices).toEqual([]);
  });

  test.each(["GetKyuubiService", "StartKyuubiService", "StopKyuubiService", "DeleteKyuubiService"] as const)(
    "%s of one that is not there is ResourceNotFound",
    async (operation) => {
      const { call } = await openSandbox();
      const workspaceId = await newWorkspace(call);
      const refused = await refusalOf(call(operation, { workspaceId, kyuubiServiceId: "kb-1" }));
      expect(refused).toMatchObject({ statusCode: 404, Code: "ResourceNotFound" });
    },
  );

  test("of another workspace is not there", async () => {
    const { call } = await openSandbox();
    const kyuubiServiceId = await newService(call, await newWorkspace(call));
    const workspaceId = await newWorkspace(call);
    const refused = await refusalOf(call("DeleteKyuubiService", { workspaceId, kyuubiServiceId }));
    expect(refused).toMatchObject({ Code: "ResourceNotFound" });
    expect((await call("ListKyuubiServices", { workspaceId })).data?.kyuubiServices).toEqual([]);
  });

  test("is listed with a null code when the workspace is unknown", async () => {
    const { call } = await openSandbox();
    expect(await refusalOf(call("ListKyuubiServices", { workspaceId: "w-1" }))).toMatchObject({ Code: null });
  });

  test("that runs is neither started again nor deleted", async () => {
    const { call, sql } = await openSandbox();
    const service = await runningService(call, await newWorkspace(call));
    const denied = { statusCode: 400, Code: "OperationDenied" };
    expect(await refusalOf(call("StartKyuubiService", service))).toMatchObject(denied);
    expect(await refusalOf(call("DeleteKyuubiService", service))).toMatchObject(denied);
    expect(sql.admitted).toHaveLength(1);
    expect(await stateOf(call, service)).toBe("RUNNING");
  });

  test("that is not started cannot be stopped, and is deleted with its tokens", async () => {
    const opened = await openSandbox();
    const { call } = opened;
    const workspaceId = await newWorkspace(call);
    const service = { workspaceId, kyuubiServiceId: await newService(call, workspaceId) };
    await call("CreateKyuubiToken", { ...service, name: "t", token: secret });
    expect(await refusalOf(call("StopKyuubiService", service))).toMatchObject({ Code: "OperationDenied" });
    expect(await call("DeleteKyuubiService", service)).toMatchObject({ data: "true" });
    expect(await refusalOf(call("GetKyuubiService", service))).toMatchObject({ Code: "ResourceNotFound" });
    expect(await connect(opened, secret)).toContain("401");
  });

  test("whose start fails is NOT_STARTED again and its log says why", async () => {
    const { call, sql } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    sql.beforeAdmit = async () => {
      throw unavailable;
    };
    const service = { workspaceId, kyuubiServiceId: await newService(call, workspaceId) };
    await call("StartKyuubiService", service);
    await waitForService(call, service, "NOT_STARTED");
    expect(await serviceLog(call, service)).toEqual([
      "The service is being started.",
      "double: nothing to prepare",
      "The start failed: No Java was found. Install a Java 17 runtime.",
    ]);
    sql.beforeAdmit = async () => {};
    await call("StartKyuubiService", service);
    await waitForService(call, service, "RUNNING");
  });

  test("stopped while it starts is undone in the engine, and a new start waits for that", async () => {
    const { call, sql } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const admission = Promise.withResolvers<void>();
    sql.beforeAdmit = () => admission.promise;
    const service = { workspaceId, kyuubiServiceId: await newService(call, workspaceId) };
    await call("StartKyuubiService", service);
    await call("StopKyuubiService", service);
    await waitForService(call, service, "NOT_STARTED");
    await call("StartKyuubiService", service);
    expect(await stateOf(call, service)).toBe("STARTING");
    admission.resolve();
    await waitForService(call, service, "RUNNING");
    expect(sql.dismissed).toEqual([service.kyuubiServiceId]);
    expect(sql.admitted).toHaveLength(2);
    expect([...sql.users.keys()]).toEqual([service.kyuubiServiceId]);
  });

  test("that cannot be stopped is RUNNING still, and its log says why", async () => {
    const { call, sql } = await openSandbox();
    const service = await runningService(call, await newWorkspace(call));
    sql.beforeDismiss = async () => {
      throw new Error("Operation not permitted");
    };
    await call("StopKyuubiService", service);
    await waitForService(call, service, "RUNNING");
    expect((await serviceLog(call, service)).at(-1)).toBe("The stop failed: Operation not permitted");
    sql.beforeDismiss = async () => {};
    await call("StopKyuubiService", service);
    await waitForService(call, service, "NOT_STARTED");
  });

  test("is not started by a sandbox without an SQL engine", async () => {
    const { call } = await openSandbox({ sqlEngine: undefined });
    const workspaceId = await newWorkspace(call);
    const service = { workspaceId, kyuubiServiceId: await newService(call, workspaceId) };
    expect(await refusalOf(call("StartKyuubiService", service))).toMatchObject({ Code: "Sandbox.NotSimulated" });
    expect(await stateOf(call, service)).toBe("NOT_STARTED");
  });

  test("ends with its workspace", async () => {
    const { call, sql } = await openSandbox();
    const { workspaceId, kyuubiServiceId } = await runningService(call, await newWorkspace(call));
    await call("DeleteWorkspace", { workspaceId });
    await expect.poll(() => sql.dismissed, { timeout: 5000 }).toEqual([kyuubiServiceId]);
  });
});

describe("UpdateKyuubiService", () => {
  test("needs name and queue again", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const service = { workspaceId, kyuubiServiceId: await newService(call, workspaceId) };
    const refused = await refusalOf(call("UpdateKyuubiService", { ...service, name: "gw" }));
    expect(refused).toMatchObject({ Code: "MissingParameter" });
  });

  test("changes what it names and leaves the rest", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const service = { workspaceId, kyuubiServiceId: await newService(call, workspaceId, { sparkConfigs }) };
    const change = { name: "gw2", queue: "dev_queue", computeInstance: "8c32g" };
    expect(await call("UpdateKyuubiService", { ...service, ...change })).toMatchObject({ data: "true" });
    const { data } = await call("GetKyuubiService", service);
    expect(data).toMatchObject({ ...change, sparkConfigs, replica: 1, state: "NOT_STARTED" });
  });

  test("reaches a running service with the next start", async () => {
    const { call, sql } = await openSandbox();
    const service = await runningService(call, await newWorkspace(call), { sparkConfigs: "spark.a=1" });
    const change = { name: "gw", queue: "root_queue", sparkConfigs: "spark.a=2" };
    await call("UpdateKyuubiService", { ...service, ...change });
    expect(await stateOf(call, service)).toBe("RUNNING");
    await call("StopKyuubiService", service);
    await waitForService(call, service, "NOT_STARTED");
    await call("StartKyuubiService", service);
    await waitForService(call, service, "RUNNING");
    expect(sql.admitted.map(({ sparkConf }) => sparkConf)).toEqual([{ "spark.a": "1" }, { "spark.a": "2" }]);
  });

  test("with restart reaches it at once", async () => {
    const { call, sql } = await openSandbox();
    const service = await runningService(call, await newWorkspace(call), { sparkConfigs: "spark.a=1" });
    const change = { name: "gw", queue: "root_queue", sparkConfigs: "spark.a=2", restart: true };
    const dismissal = Promise.withResolvers<void>();
    sql.beforeDismiss = () => dismissal.promise;
    await call("UpdateKyuubiService", { ...service, ...change });
    expect(await stateOf(call, service)).toBe("TERMINATING");
    dismissal.resolve();
    await waitForService(call, service, "RUNNING");
    expect(sql.admitted.map(({ sparkConf }) => sparkConf)).toEqual([{ "spark.a": "1" }, { "spark.a": "2" }]);
    expect(sql.dismissed).toEqual([service.kyuubiServiceId]);
  });

  test("is denied while the service starts", async () => {
    const { call, sql } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    sql.beforeAdmit = () => new Promise(() => {});
    const service = { workspaceId, kyuubiServiceId: await newService(call, workspaceId) };
    await call("StartKyuubiService", service);
    const refused = await refusalOf(call("UpdateKyuubiService", { ...service, name: "gw", queue: "root_queue" }));
    expect(refused).toMatchObject({ Code: "OperationDenied" });
  });
});

describe("the CU of a service", () => {
  test("are held in its queue from start to stop", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const used = async () => {
      const { queues = [] } = await call("ListWorkspaceQueues", { workspaceId });
      const queue = queues.find(({ queueName }) => queueName === "root_queue");
      return JSON.parse(queue?.usedResource ?? "{}").cu;
    };
    expect(await used()).toBe("0");
    const service = await runningService(call, workspaceId, { sparkConfigs });
    expect(await used()).toBe("3");
    await call("StopKyuubiService", service);
    await waitForService(call, service, "NOT_STARTED");
    expect(await used()).toBe("0");
  });

  test("keep a job waiting that the queue has no room for", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call, 8);
    const service = await runningService(call, workspaceId, { sparkConfigs });
    const jobRunId = await startJob(call, workspaceId);
    const { stateChangeReason } = await waitForState(call, workspaceId, jobRunId, "Pending");
    expect(stateChangeReason?.message).toBe("Waiting: the queue root_queue has 1 CU free, the job declares 2.");
    await call("StopKyuubiService", service);
    await waitForState(call, workspaceId, jobRunId, "Success");
  });

  test("are waited for in STARTING while a job holds them", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call, 8);
    const jobRunId = await startJob(call, workspaceId, ["run=60000"]);
    await waitForState(call, workspaceId, jobRunId, "Running");
    const service = { workspaceId, kyuubiServiceId: await newService(call, workspaceId, { sparkConfigs }) };
    await call("StartKyuubiService", service);
    const waiting = "Waiting: the queue root_queue has 2 CU free, the service declares 3.";
    await expect.poll(() => serviceLog(call, service), { timeout: 5000 }).toContain(waiting);
    expect(await stateOf(call, service)).toBe("STARTING");
    await call("CancelJobRun", { workspaceId, jobRunId });
    await waitForService(call, service, "RUNNING");
  });

  test("that its queue can never have lead back to NOT_STARTED", async () => {
    const { call, sql } = await openSandbox();
    const workspaceId = await newWorkspace(call, 8);
    const tooMany = { sparkConfigs: "spark.executor.instances=20" };
    const service = { workspaceId, kyuubiServiceId: await newService(call, workspaceId, tooMany) };
    await call("StartKyuubiService", service);
    await waitForService(call, service, "NOT_STARTED");
    expect((await serviceLog(call, service)).at(-1)).toBe(
      "The start failed: the service declares 21 CU, the queue root_queue has 4 CU at most.",
    );
    expect(sql.admitted).toEqual([]);
  });

  test("take none of the jobs' places on this machine", async () => {
    const { call } = await openSandbox({ slots: 1 });
    const workspaceId = await newWorkspace(call);
    await runningService(call, workspaceId, { sparkConfigs });
    const jobRunId = await startJob(call, workspaceId);
    await waitForState(call, workspaceId, jobRunId, "Success");
  });

  test("keep their queue from being deleted", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    await newService(call, workspaceId, { queue: "dev_queue" });
    const queue = { workspaceId, workspaceQueueName: "dev_queue" };
    expect(await refusalOf(call("DeleteWorkspaceQueue", queue))).toMatchObject({ Code: "OperationDenied" });
  });

  test("are metered", async () => {
    let time = Date.now();
    const { call } = await openSandbox({ now: () => time });
    const workspaceId = await newWorkspace(call);
    const service = await runningService(call, workspaceId, { sparkConfigs });
    time += 10 * 60_000;
    await call("StopKyuubiService", service);
    await waitForService(call, service, "NOT_STARTED");
    const window = { startTime: formatLocalTime(time - 3_600_000), endTime: formatLocalTime(time + 1000) };
    const { data } = await call("GetCuHours", { workspaceId, queue: "root_queue", ...window });
    const hours = [...(data?.cuHours ?? "").matchAll(/=([\d.]+)/g)].map(([, value]) => Number(value));
    expect(hours.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0.5, 5);
  });
});

describe("a Kyuubi token", () => {
  test("lets its bearer in as the service's user while the service runs", async () => {
    const opened = await openSandbox();
    const { call } = opened;
    const service = await runningService(call, await newWorkspace(call));
    const { data } = await call("CreateKyuubiToken", { ...service, name: "bi", token: secret });
    expect(data?.tokenId).toMatch(/^tk-/);
    expect(await connect(opened, secret)).toBe(service.kyuubiServiceId);
    const got = await call("GetKyuubiToken", { ...service, tokenId: data?.tokenId });
    expect(got.data?.lastUsedTime).toBeGreaterThanOrEqual(got.data?.createTime ?? Number.POSITIVE_INFINITY);
  });

  test("nobody knows is refused with 401", async () => {
    const opened = await openSandbox();
    expect(await connect(opened, secret)).toBe("401 The token is not known.");
  });

  test("of a service that does not run is refused with 503", async () => {
    const opened = await openSandbox();
    const { call } = opened;
    const workspaceId = await newWorkspace(call);
    const service = { workspaceId, kyuubiServiceId: await newService(call, workspaceId) };
    await call("CreateKyuubiToken", { ...service, name: "bi", token: secret });
    expect(await connect(opened, secret)).toMatch(/^503 .* is NOT_STARTED/);
  });

  test("that has expired is refused with 401", async () => {
    let time = Date.now();
    const opened = await openSandbox({ now: () => time });
    const { call } = opened;
    const service = await runningService(call, await newWorkspace(call));
    const autoExpireConfiguration = { enable: true, expireDays: 2 };
    const request = { ...service, name: "bi", token: secret, autoExpireConfiguration };
    const { data } = await call("CreateKyuubiToken", request);
    const got = await call("GetKyuubiToken", { ...service, tokenId: data?.tokenId });
    expect(got.data).toMatchObject({ autoExpireConfiguration, expireTime: time + 2 * 86_400_000 });
    time += 2 * 86_400_000 - 1;
    expect(await connect(opened, secret)).toBe(service.kyuubiServiceId);
    time += 1;
    expect(await connect(opened, secret)).toBe("401 The token has expired.");
  });

  test("is told in clear by Get and List, with its members", async () => {
    const { call, sandbox } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const service = { workspaceId, kyuubiServiceId: await newService(call, workspaceId) };
    const [account] = (await call("ListMembers", { workspaceId })).members ?? [];
    await call("AddMembers", { workspaceId, memberArns: ["acs:ram::1000000001:user/2022"] });
    const memberArns = [account?.memberArn, `acs:emr::${workspaceId}:member/2022`];
    const request = { ...service, name: "bi", token: secret, memberArns, sparkRole: ["acs:ram::1:role/r"] };
    const tokenId = (await call("CreateKyuubiToken", request)).data?.tokenId;
    expect(
      sandbox.requestLog
        .entries()
        .map(({ path }) => path)
        .join(),
    ).not.toContain(secret);
    const got = await call("GetKyuubiToken", { ...service, tokenId });
    expect(got.data).toMatchObject({
      tokenId,
      name: "bi",
      token: secret,
      memberArns,
      sparkRole: ["acs:ram::1:role/r"],
    });
    const { tokens } = (await call("ListKyuubiToken", service)).data ?? {};
    expect(tokens).toHaveLength(1);
    expect(tokens?.[0]).toMatchObject({ tokenId, token: secret, accountNames: ["sandbox", "2022"] });
  });

  test.each([
    ["no text", { token: undefined }, "MissingParameter"],
    ["no name", { name: undefined }, "MissingParameter"],
    ["31 characters", { token: secret.slice(1) }, "InvalidParameter"],
    ["33 characters", { token: `${secret}0` }, "InvalidParameter"],
    ["an upper-case letter", { token: secret.replace("r", "R") }, "InvalidParameter"],
    ["a stranger for a member", { memberArns: ["acs:emr::w-1:member/1"] }, "InvalidParameter"],
    ["an expiry without days", { autoExpireConfiguration: { enable: true } }, "MissingParameter"],
    ["an expiry of no days", { autoExpireConfiguration: { enable: true, expireDays: 0 } }, "InvalidParameter"],
  ])("with %s is refused without its text in the answer", async (_, change, Code) => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const service = { workspaceId, kyuubiServiceId: await newService(call, workspaceId) };
    const refused = await refusalOf(call("CreateKyuubiToken", { ...service, name: "bi", token: secret, ...change }));
    expect(refused).toMatchObject({ statusCode: 400, Code });
    expect(JSON.stringify(refused)).not.toContain(secret.slice(2, 20));
    expect((await call("ListKyuubiToken", service)).data?.tokens).toEqual([]);
  });

  test("is unique over all services", async () => {
    const { call } = await openSandbox();
    const first = await newWorkspace(call);
    const second = await newWorkspace(call);
    const request = { name: "bi", token: secret };
    await call("CreateKyuubiToken", { workspaceId: first, kyuubiServiceId: await newService(call, first), ...request });
    const other = { workspaceId: second, kyuubiServiceId: await newService(call, second) };
    const refused = await refusalOf(call("CreateKyuubiToken", { ...other, ...request }));
    expect(refused).toMatchObject({ Code: "InvalidParameter", Message: expect.stringContaining("globally unique") });
  });

  test("is changed by UpdateKyuubiToken, and the old text no longer lets in", async () => {
    const opened = await openSandbox();
    const { call } = opened;
    const service = await runningService(call, await newWorkspace(call));
    const autoExpireConfiguration = { enable: true, expireDays: 1 };
    const request = { ...service, name: "bi", token: secret, autoExpireConfiguration };
    const tokenId = (await call("CreateKyuubiToken", request)).data?.tokenId;
    const renewed = [...secret].reverse().join("");
    await call("UpdateKyuubiToken", { ...service, tokenId, token: renewed });
    expect(await connect(opened, secret)).toContain("401");
    expect(await connect(opened, renewed)).toBe(service.kyuubiServiceId);
    const kept = (await call("GetKyuubiToken", { ...service, tokenId })).data;
    expect(kept).toMatchObject({ name: "bi", autoExpireConfiguration });
    expect(kept?.expireTime).toBeGreaterThan(0);
    await call("UpdateKyuubiToken", { ...service, tokenId, autoExpireConfiguration: { enable: false } });
    const { data } = await call("GetKyuubiToken", { ...service, tokenId });
    expect(data?.expireTime).toBeUndefined();
  });

  test("keeps its own text through an update, but takes no other's", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const service = { workspaceId, kyuubiServiceId: await newService(call, workspaceId) };
    const tokenId = (await call("CreateKyuubiToken", { ...service, name: "a", token: secret })).data?.tokenId;
    await call("UpdateKyuubiToken", { ...service, tokenId, token: secret, name: "b" });
    expect((await call("GetKyuubiToken", { ...service, tokenId })).data?.name).toBe("b");
    const other = "0123456789abcdef0123456789abcdef";
    await call("CreateKyuubiToken", { ...service, name: "c", token: other });
    const refused = await refusalOf(call("UpdateKyuubiToken", { ...service, tokenId, token: other }));
    expect(refused).toMatchObject({ Code: "InvalidParameter" });
  });

  test("that was deleted lets nobody in", async () => {
    const opened = await openSandbox();
    const { call } = opened;
    const service = await runningService(call, await newWorkspace(call));
    const tokenId = (await call("CreateKyuubiToken", { ...service, name: "bi", token: secret })).data?.tokenId;
    await call("DeleteKyuubiToken", { ...service, tokenId });
    expect(await connect(opened, secret)).toContain("401");
    for (const operation of ["GetKyuubiToken", "UpdateKyuubiToken", "DeleteKyuubiToken"] as const) {
      expect(await refusalOf(call(operation, { ...service, tokenId }))).toMatchObject({ Code: "ResourceNotFound" });
    }
  });
});

describe("the endpoint of a service", () => {
  test("is where the sandbox's gateway listens, the public one only when it is enabled", async () => {
    const { call, sandbox } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    expect(sandbox.kyuubiEndpoint).toMatch(/^127\.0\.0\.1:\d+$/);
    const endpoints = async (change: Record<string, unknown>) => {
      const kyuubiServiceId = await newService(call, workspaceId, change);
      const { data } = await call("GetKyuubiService", { workspaceId, kyuubiServiceId });
      return [data?.innerEndpoint, data?.publicEndpoint];
    };
    expect(await endpoints({})).toEqual([sandbox.kyuubiEndpoint, undefined]);
    expect(await endpoints({ publicEndpointEnabled: true })).toEqual([sandbox.kyuubiEndpoint, sandbox.kyuubiEndpoint]);
  });
});

describe("the applications of a service", () => {
  async function withApplication() {
    const opened = await openSandbox();
    const service = await runningService(opened.call, await newWorkspace(opened.call), { sparkConfigs });
    await opened.sql.run(service.kyuubiServiceId, "SELECT 1", { maxRows: 1 });
    return { ...opened, service };
  }

  test("are those of the engine, with what the service declares", async () => {
    const { call, service } = await withApplication();
    const { applications, totalCount } = await call("ListKyuubiSparkApplications", service);
    expect(totalCount).toBe(1);
    expect(applications?.[0]).toMatchObject({
      applicationId: "spark-00000000000000000000000000000001",
      applicationName: `double-${service.kyuubiServiceId}`,
      kyuubiServiceId: service.kyuubiServiceId,
      state: "RUNNING",
      resourceQueueId: "root_queue",
      startTime: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
    });
    expect(applications?.[0]?.endTime).toBeUndefined();
  });

  test("are remembered as TERMINATED after the service was stopped", async () => {
    const { call, service } = await withApplication();
    await call("StopKyuubiService", service);
    await waitForService(call, service, "NOT_STARTED");
    const { applications } = await call("ListKyuubiSparkApplications", service);
    expect(applications).toHaveLength(1);
    expect(applications?.[0]).toMatchObject({ state: "TERMINATED", endTime: expect.any(String) });
  });

  test.each([
    [{ states: '["RUNNING"]' }, 1],
    [{ states: '["ERROR","TERMINATED"]' }, 0],
    [{ latestSqlStatementStatuses: '["SUCCESS"]' }, 0],
    [{ applicationId: "spark-00000000000000000000000000000001" }, 1],
    [{ applicationId: "spark-2" }, 0],
    [{ applicationName: "double" }, 1],
    [{ applicationName: "single" }, 0],
    [{ resourceQueueId: "dev_queue" }, 0],
    [{ minDuration: 60_000 }, 0],
    [{ startTime: { startTime: 0, endTime: 1 } }, 0],
    [{ startTime: { startTime: 1 } }, 1],
    [{ endTime: { startTime: 1 } }, 0],
    [{ orderBy: ["startTime"], sort: "asc" }, 1],
  ])("are filtered by %j", async (filter, count) => {
    const { call, service } = await withApplication();
    expect((await call("ListKyuubiSparkApplications", { ...service, ...filter })).totalCount).toBe(count);
  });

  test.each([{ states: "RUNNING" }, { latestSqlStatementStatuses: "{}" }, { orderBy: ["name"] }, { maxResults: 0 }])(
    "refuse %j",
    async (filter) => {
      const { call, service } = await withApplication();
      const refused = await refusalOf(call("ListKyuubiSparkApplications", { ...service, ...filter }));
      expect(refused).toMatchObject({ Code: "InvalidParameter" });
    },
  );

  test("are paged, the newest first, each once", async () => {
    const { call, service, sql } = await withApplication();
    for (let restart = 0; restart < 2; restart += 1) {
      await call("StopKyuubiService", service);
      await waitForService(call, service, "NOT_STARTED");
      await call("StartKyuubiService", service);
      await waitForService(call, service, "RUNNING");
      await sql.run(service.kyuubiServiceId, "SELECT 1", { maxRows: 1 });
    }
    const first = await call("ListKyuubiSparkApplications", { ...service, maxResults: 2 });
    expect(first).toMatchObject({ maxResults: 2, totalCount: 3 });
    const second = await call("ListKyuubiSparkApplications", { ...service, maxResults: 2, nextToken: first.nextToken });
    const ids = [...(first.applications ?? []), ...(second.applications ?? [])].map((each) => each.applicationId);
    expect(ids.map((id) => id?.slice(-1))).toEqual(["3", "2", "1"]);
    expect(second.nextToken).toBeUndefined();
  });

  test("are ended by CancelKyuubiSparkApplication, once", async () => {
    const { call, service } = await withApplication();
    const applicationId = "spark-00000000000000000000000000000001";
    const cancelled = await call("CancelKyuubiSparkApplication", { ...service, applicationId });
    expect(cancelled.body).toEqual({ applicationId, success: true });
    const listed = async () => (await call("ListKyuubiSparkApplications", service)).applications?.[0]?.state;
    await expect.poll(listed, { timeout: 5000 }).toBe("TERMINATED");
    expect(await stateOf(call, service)).toBe("RUNNING");
    const again = await refusalOf(call("CancelKyuubiSparkApplication", { ...service, applicationId }));
    expect(again).toMatchObject({ Code: "OperationDenied" });
  });

  test("that do not exist cannot be cancelled", async () => {
    const { call, service } = await withApplication();
    const refused = await refusalOf(call("CancelKyuubiSparkApplication", { ...service, applicationId: "spark-0" }));
    expect(refused).toMatchObject({ statusCode: 404, Code: "ResourceNotFound" });
  });
});

describe("after a restart of the sandbox", () => {
  test("a service that a crash cut off is NOT_STARTED with its CU free, and the engine clears up", async () => {
    const before = await openSandbox();
    const service = await runningService(before.call, await newWorkspace(before.call), { sparkConfigs });
    // What a crash leaves: the folder as it is at this moment.
    const dataFolder = join(newDataFolder(), "after-crash");
    cpSync(before.sandbox.dataFolder, dataFolder, { recursive: true });

    const { call, sql } = await openSandbox({ dataFolder });
    expect(await stateOf(call, service)).toBe("NOT_STARTED");
    expect((await serviceLog(call, service)).at(-1)).toContain("The sandbox ended while the service was active");
    expect(sql.reaped).toBe(1);
    const { queues } = await call("ListWorkspaceQueues", { workspaceId: service.workspaceId });
    expect(queues?.map(({ usedResource }) => JSON.parse(usedResource ?? "{}").cu)).toEqual(["0", "0"]);
  });

  test("a service that ran is NOT_STARTED, its log says why, and its token waits for the next start", async () => {
    const dataFolder = newDataFolder();
    const before = await openSandbox({ dataFolder });
    const service = await runningService(before.call, await newWorkspace(before.call), { sparkConfigs });
    await before.call("CreateKyuubiToken", { ...service, name: "bi", token: secret });
    await before.sandbox.close();

    const opened = await openSandbox({ dataFolder });
    const { call, sql } = opened;
    expect(await stateOf(call, service)).toBe("NOT_STARTED");
    expect((await serviceLog(call, service)).at(-1)).toContain("The sandbox was stopped while the service was active");
    expect(await connect(opened, secret)).toMatch(/^503 .* is NOT_STARTED/);
    await call("StartKyuubiService", service);
    await waitForService(call, service, "RUNNING");
    expect(await connect(opened, secret)).toBe(service.kyuubiServiceId);
    expect(sql.reaped).toBe(1);
  });
});
