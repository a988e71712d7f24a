import { describe, expect, test } from "vitest";
import { refusalOf } from "../doubles/emr-client.ts";
import {
  jobRequest,
  newWorkspace,
  openSandbox,
  quick,
  startJob,
  waitForState,
  workspaceRequest,
} from "../doubles/sandbox-emr.ts";

describe("workspaces", () => {
  test("a new workspace is STARTING and becomes RUNNING after its delay", async () => {
    let time = Date.now();
    const { call } = await openSandbox({ timings: { ...quick, workspaceStartMs: 2000 }, now: () => time });
    const workspaceId = await newWorkspace(call);
    const statusOf = async () => (await call("ListWorkspaces")).workspaces?.[0]?.workspaceStatus;
    time += 1999;
    expect(await statusOf()).toBe("STARTING");
    time += 1;
    expect(await statusOf()).toBe("RUNNING");
    expect(workspaceId).toMatch(/^w-[0-9a-f]{16}$/);
  });

  test("ListWorkspaces tells every field that the sandbox knows", async () => {
    const { call, sandbox } = await openSandbox();
    const tag = [{ key: "team", value: "data" }];
    const { workspaceId } = await call("CreateWorkspace", workspaceRequest({ tag, dlfCatalogId: "c-1" }));
    expect((await call("ListWorkspaces")).workspaces).toEqual([
      {
        workspaceId,
        workspaceName: "etl",
        workspaceStatus: "RUNNING",
        regionId: sandbox.regionId,
        createTime: expect.any(Number),
        storage: "oss://sandbox",
        resourceSpec: "16cu",
        paymentType: "PayAsYouGo",
        paymentStatus: "PAID",
        dlfCatalogId: "c-1",
        ipWhiteList: [],
        gpuSpec: [],
        stateChangeReason: { code: "0", message: "Success" },
        tags: [{ tagKey: "team", tagValue: "data" }],
      },
    ]);
  });

  test("ListWorkspaces filters by name, by tag and by state in any casing", async () => {
    const { call } = await openSandbox();
    await call("CreateWorkspace", workspaceRequest({ workspaceName: "alpha", tag: [{ key: "a", value: "1" }] }));
    await call("CreateWorkspace", workspaceRequest({ workspaceName: "beta" }));
    const names = async (filter: object) =>
      (await call("ListWorkspaces", { ...filter })).workspaces?.map((workspace) => workspace.workspaceName);
    expect(await names({ name: "alph" })).toEqual(["alpha"]);
    expect(await names({ tag: [{ key: "a", value: "1" }] })).toEqual(["alpha"]);
    expect((await names({ state: "running" }))?.sort()).toEqual(["alpha", "beta"]);
    expect(await names({ state: "STARTING" })).toEqual([]);
  });

  test("a new workspace has root_queue and dev_queue", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const { queues, totalCount } = await call("ListWorkspaceQueues", { workspaceId });
    expect(totalCount).toBe(2);
    expect(queues).toContainEqual(
      expect.objectContaining({
        queueName: "root_queue",
        queueStatus: "RUNNING",
        queueType: "instance",
        maxResource: '{"cpu":"8","memory":"32Gi","cu":"8"}',
        usedResource: '{"cpu":"0","memory":"0Gi","cu":"0"}',
      }),
    );
    const dev = await call("ListWorkspaceQueues", { workspaceId, environment: "dev" });
    expect(dev.queues?.map((queue) => queue.queueName)).toEqual(["dev_queue"]);
  });

  test("a workspace that is not RUNNING refuses queue and job calls", async () => {
    const { call } = await openSandbox({ timings: { ...quick, workspaceStartMs: 60_000 } });
    const workspaceId = await newWorkspace(call);
    const calls = [
      call("ListWorkspaceQueues", { workspaceId }),
      call("StartJobRun", { workspaceId, ...jobRequest() }),
      call("ListJobRuns", { workspaceId }),
    ];
    for (const refused of calls) expect(await refusalOf(refused)).toMatchObject({ Code: "OperationDenied" });
  });

  test.each([
    ["no name", { workspaceName: undefined }, "MissingParameter"],
    ["a name with a blank", { workspaceName: "a b" }, "InvalidParameter"],
    ["a bucket that does not exist", { ossBucket: "oss://nowhere" }, "InvalidParameter"],
    ["a bucket that leaves the storage", { ossBucket: "oss://../sandbox" }, "InvalidParameter"],
    ["more CU than a workspace may have", { resourceSpec: { cu: "5001" } }, "InvalidParameter"],
    ["a payment type that does not exist", { paymentType: "Free" }, "InvalidParameter"],
    ["a subscription without a duration", { paymentType: "Pre" }, "MissingParameter"],
    ["GPUs", { gpuSpec: ["ecs.gn7i-c8g1.2xlarge"] }, "Sandbox.NotSimulated"],
  ])("CreateWorkspace with %s is refused", async (_, change, code) => {
    const { call } = await openSandbox();
    expect(await refusalOf(call("CreateWorkspace", workspaceRequest(change)))).toMatchObject({ Code: code });
    expect((await call("ListWorkspaces")).totalCount).toBe(0);
  });

  test("CreateWorkspace takes the CU as a number too", async () => {
    const { call } = await openSandbox();
    await call("CreateWorkspace", workspaceRequest({ resourceSpec: { cu: 8 } }));
    expect((await call("ListWorkspaces")).workspaces?.[0]?.resourceSpec).toBe("8cu");
  });

  test("UpdateWorkspace changes name and CU", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    await call("UpdateWorkspace", { workspaceId, workspaceName: "renamed", cu: 32 });
    expect((await call("ListWorkspaces")).workspaces?.[0]).toMatchObject({
      workspaceName: "renamed",
      resourceSpec: "32cu",
    });
  });

  test("UpdateWorkspace to a subscription is not simulated and changes nothing", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const change = { workspaceId, workspaceName: "renamed", subscription: { duration: "1" } };
    expect(await refusalOf(call("UpdateWorkspace", change))).toMatchObject({
      statusCode: 501,
      Code: "Sandbox.NotSimulated",
    });
    expect((await call("ListWorkspaces")).workspaces?.[0]?.workspaceName).toBe("etl");
  });

  test("DeleteWorkspace really deletes: queues gone, jobs cancelled, workspace TERMINATED", async () => {
    const { call, engine, sandbox } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId, ["run=60000"]);
    await waitForState(call, workspaceId, jobRunId, "Running");
    expect((await call("DeleteWorkspace", { workspaceId })).workspaceId).toBe(workspaceId);
    await expect.poll(() => engine.cancelled).toEqual([jobRunId]);
    expect((await call("ListWorkspaces")).workspaces).toEqual([]);
    const terminated = (await call("ListWorkspaces", { state: "TERMINATED" })).workspaces?.[0];
    expect(terminated).toMatchObject({ workspaceId, workspaceStatus: "TERMINATED" });
    expect(await refusalOf(call("ListWorkspaceQueues", { workspaceId }))).toMatchObject({ Code: "OperationDenied" });
    expect(sandbox.requestLog.count("DeleteWorkspace")).toBe(1);
  });

  test("List calls on an unknown workspace answer with a null code", async () => {
    const { call } = await openSandbox();
    for (const operation of ["ListJobRuns", "ListWorkspaceQueues", "ListCatalogs", "ListMembers"] as const) {
      expect(await refusalOf(call(operation, { workspaceId: "w-none" }))).toMatchObject({ Code: null });
    }
  });
});

describe("queues", () => {
  test("CreateWorkspaceQueue adds a queue where the workspace has CU left", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    await call("EditWorkspaceQueue", { workspaceId, workspaceQueueName: "dev_queue", resourceSpec: { cu: 4 } });
    await call("CreateWorkspaceQueue", { workspaceId, workspaceQueueName: "adhoc", resourceSpec: { cu: 4, maxCu: 8 } });
    const { queues } = await call("ListWorkspaceQueues", { workspaceId });
    expect(queues?.find((queue) => queue.queueName === "adhoc")).toMatchObject({
      minResource: '{"cpu":"4","memory":"16Gi","cu":"4"}',
      maxResource: '{"cpu":"8","memory":"32Gi","cu":"8"}',
    });
  });

  test("queues that would hold more CU than the workspace are refused", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const edit = { workspaceId, workspaceQueueName: "dev_queue", resourceSpec: { cu: 9 } };
    const add = { workspaceId, workspaceQueueName: "adhoc", resourceSpec: { cu: 1 } };
    for (const refused of [call("EditWorkspaceQueue", edit), call("CreateWorkspaceQueue", add)]) {
      expect(await refusalOf(refused)).toMatchObject({
        Code: "UnSupportedOperator",
        Message: "workspace rest cpu is not enough",
      });
    }
  });

  test("EditWorkspaceQueue spells RequestId with a capital R", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const answer = await call("EditWorkspaceQueue", {
      workspaceId,
      workspaceQueueName: "dev_queue",
      resourceSpec: { cu: 2 },
      environments: ["dev"],
    });
    expect(Object.keys(answer)).toEqual(["RequestId"]);
  });

  test("a second queue edit within the interval fails, and one after it succeeds", async () => {
    let time = Date.now();
    const { call } = await openSandbox({ timings: { ...quick, queueEditIntervalMs: 5000 }, now: () => time });
    const workspaceId = await newWorkspace(call);
    const edit = (workspaceQueueName: string) =>
      call("EditWorkspaceQueue", { workspaceId, workspaceQueueName, resourceSpec: { cu: 2 } });
    await edit("dev_queue");
    time += 4999;
    expect(await refusalOf(edit("root_queue"))).toMatchObject({
      Code: "Error.Internal",
      Message: "fail to update app instance queue",
    });
    time += 1;
    expect(await edit("root_queue")).toHaveProperty("RequestId");
  });

  test("root_queue cannot be deleted, another one can", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const remove = (workspaceQueueName: string) => call("DeleteWorkspaceQueue", { workspaceId, workspaceQueueName });
    expect(await refusalOf(remove("root_queue"))).toMatchObject({ Code: "OperationDenied" });
    expect(Object.keys(await remove("dev_queue"))).toEqual(["RequestId"]);
    expect((await call("ListWorkspaceQueues", { workspaceId })).totalCount).toBe(1);
    expect(await refusalOf(remove("dev_queue"))).toMatchObject({ Code: "ResourceNotFound" });
  });

  test("a queue with jobs is not deleted", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    await startJob(call, workspaceId, ["run=60000"], { resourceQueueId: "dev_queue" });
    const remove = call("DeleteWorkspaceQueue", { workspaceId, workspaceQueueName: "dev_queue" });
    expect(await refusalOf(remove)).toMatchObject({ Code: "OperationDenied" });
  });

  test("usedResource counts what the running jobs declare", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId, ["run=60000"]);
    await waitForState(call, workspaceId, jobRunId, "Running");
    const root = (await call("ListWorkspaceQueues", { workspaceId, environment: "production" })).queues?.[0];
    expect(root?.usedResource).toBe('{"cpu":"2","memory":"2.75Gi","cu":"2"}');
  });
});

describe("facts about a workspace", () => {
  test("ListReleaseVersions lists only what the engine here can stand for", async () => {
    const { call } = await openSandbox();
    const { releaseVersions } = await call("ListReleaseVersions");
    expect(releaseVersions?.length).toBeGreaterThan(0);
    for (const release of releaseVersions ?? []) {
      expect(release).toMatchObject({ scalaVersion: "2.12", fusion: false, state: "ONLINE", type: "stable" });
      expect(release.releaseVersion).toMatch(/^esr-4\.\d\.0 \(Spark 3\.5\.2, Scala 2\.12, Java Runtime\)$/);
    }
    expect((await call("ListReleaseVersions", { releaseType: "beta" })).releaseVersions).toEqual([]);
  });

  test("ListCatalogs knows Spark's default catalog", async () => {
    const { call } = await openSandbox();
    const { catalogs } = await call("ListCatalogs", { workspaceId: await newWorkspace(call) });
    expect(catalogs).toMatchObject([{ catalogId: "spark_catalog", catalogType: "default_catalog" }]);
  });

  test("ListMembers knows the owner", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const { members } = await call("ListMembers", { workspaceId });
    expect(members).toMatchObject([{ roles: [{ roleArn: `acs:emr::${workspaceId}:role/Owner` }] }]);
  });
});
