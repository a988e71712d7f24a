import { request } from "node:http";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { operationIndex } from "../../src/operations/registry.ts";
import { simulatedOperations } from "../../src/sandbox/sandbox.ts";
import { acs3Signature, sha256 } from "../../src/sandbox/signature/acs3.ts";
import { officialClient, refusalOf, sendAs } from "../doubles/emr-client.ts";
import { jobRequest, newWorkspace, openSandbox, startJob, workspaceRequest } from "../doubles/sandbox-emr.ts";

describe("credentials", () => {
  test("the sandbox's own AccessKey is accepted", async () => {
    const { call } = await openSandbox();
    expect(await call("ListWorkspaces")).toMatchObject({ totalCount: 0, requestId: expect.any(String) });
  });

  test("an unknown AccessKey is answered with InvalidAccessKeyId.NotFound", async () => {
    const { sandbox } = await openSandbox();
    const call = officialClient(sandbox, { accessKeyId: "LTAIunknown" });
    expect(await refusalOf(call("ListWorkspaces"))).toMatchObject({
      statusCode: 404,
      Code: "InvalidAccessKeyId.NotFound",
    });
  });

  test("a wrong secret is answered with SignatureDoesNotMatch", async () => {
    const { sandbox } = await openSandbox();
    const call = officialClient(sandbox, { accessKeySecret: "guess" });
    expect(await refusalOf(call("ListWorkspaces"))).toMatchObject({ statusCode: 400, Code: "SignatureDoesNotMatch" });
  });

  test("a security token may come along", async () => {
    const { sandbox } = await openSandbox();
    const call = officialClient(sandbox, { securityToken: "sts-token" });
    expect(await call("ListWorkspaces")).toHaveProperty("totalCount", 0);
  });

  test("the older ROA signature is accepted, and refused with a wrong secret", async () => {
    const { sandbox } = await openSandbox();
    const call = officialClient(sandbox, { roa: true });
    await call("CreateWorkspace", workspaceRequest());
    expect((await call("ListWorkspaces", { state: "running", name: "e" })).totalCount).toBe(1);
    const wrong = officialClient(sandbox, { roa: true, accessKeySecret: "guess" });
    expect(await refusalOf(wrong("ListWorkspaces"))).toMatchObject({ Code: "SignatureDoesNotMatch" });
  });

  test("letters of every script survive path, query and body", async () => {
    const { call } = await openSandbox();
    const workspaceId = (await call("CreateWorkspace", workspaceRequest({ workspaceName: "数据" }))).workspaceId;
    expect((await call("ListWorkspaces", { name: "数" })).workspaces?.[0]?.workspaceName).toBe("数据");
    const name = "a b+c&d=e/ü'(!*)~";
    await startJob(call, workspaceId ?? "", [], { name });
    expect((await call("ListJobRuns", { workspaceId, name })).jobRuns?.[0]?.name).toBe(name);
  });

  test("an unsigned request is refused", async () => {
    const { sandbox } = await openSandbox();
    const response = await fetch(`http://${sandbox.emrEndpoint}/api/v1/workspaces`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ Code: "IncompleteSignature" });
  });
});

describe("refusals", () => {
  test("have the members of the service's error document", async () => {
    const { call, sandbox } = await openSandbox();
    const refused = await refusalOf(call("GetJobRun", { workspaceId: "w-1", jobRunId: "jr-1" }));
    expect(refused).toMatchObject({
      statusCode: 404,
      RequestId: expect.stringMatching(/^[0-9A-F-]{36}$/),
      Code: "ResourceNotFound",
      Message: "The workspace w-1 does not exist.",
      HostId: sandbox.emrEndpoint,
      Recommend: expect.stringContaining("https://"),
    });
  });

  test("an unknown path is InvalidAction.NotFound", async () => {
    const { sandbox } = await openSandbox();
    expect(await refusalOf(sendAs(sandbox, "GET", "/api/v1/nothing"))).toMatchObject({
      statusCode: 404,
      Code: "InvalidAction.NotFound",
    });
  });

  test("an operation that is not simulated says so with its name, and never pretends", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const refused = await refusalOf(call("ListLivyCompute", { workspaceBizId: workspaceId }));
    expect(refused).toMatchObject({ statusCode: 501, Code: "Sandbox.NotSimulated" });
    expect(refused.Message).toContain("ListLivyCompute");
  });

  test("a body that is no JSON object is refused", async () => {
    const { call, sandbox } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const sent = sendAs(sandbox, "POST", `/api/v1/workspaces/${workspaceId}/jobRuns`, ["not", "an", "object"]);
    expect(await refusalOf(sent)).toMatchObject({ Code: "InvalidParameter" });
  });

  test("what is no HTTP is answered with an error document too", async () => {
    const { sandbox } = await openSandbox();
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(sandbox.emrEndpoint.split(":")[1]), "127.0.0.1", () => socket.write("{}\r\n\r\n"));
      let received = "";
      socket.on("data", (chunk) => {
        received += chunk;
      });
      socket.on("end", () => resolve(received));
      socket.on("error", reject);
    });
    expect(JSON.parse(text.split("\r\n\r\n")[1] ?? "")).toMatchObject({ Code: "InvalidRequest" });
  });

  test("writes without regionId in the query are refused, reads are not", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const withoutRegion = { workspaceId, regionId: undefined };
    expect(await refusalOf(call("StartJobRun", { ...jobRequest(), ...withoutRegion }))).toMatchObject({
      Code: "MissingParameter.regionId",
    });
    expect(await call("ListJobRuns", withoutRegion)).toHaveProperty("totalCount", 0);
  });

  test("the rule for regionId can be set", async () => {
    const strict = await openSandbox({ regionIdRule: "always" });
    expect(await refusalOf(strict.call("ListWorkspaces", { regionId: undefined }))).toMatchObject({
      Code: "MissingParameter.regionId",
    });
    const lax = await openSandbox({ regionIdRule: "never" });
    expect(await lax.call("CreateWorkspace", { ...workspaceRequest(), regionId: undefined })).toHaveProperty(
      "workspaceId",
    );
  });
});

describe("paths that are not what they seem", () => {
  test.each([
    "/api/v1/workspaces/WORKSPACE/jobRuns/..",
    "/api/v1/workspaces/WORKSPACE/jobRuns/%2e%2e",
    "/api/v1/workspaces/WORKSPACE/jobRuns/%2e%2e/",
    "/api/v1/workspaces/WORKSPACE/jobRuns/x%2f..%2f..",
  ])("DELETE %s deletes the workspace and is counted, as on a real gateway", async (path) => {
    const { call, sandbox } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    await sendAs(sandbox, "DELETE", path.replace("WORKSPACE", workspaceId), undefined, "CancelJobRun").catch(() => {});
    expect(sandbox.requestLog.count("DeleteWorkspace")).toBe(1);
    expect((await call("ListWorkspaces")).totalCount).toBe(0);
    expect(sandbox.requestLog.entries().find((entry) => entry.method === "DELETE")).toMatchObject({
      operation: "DeleteWorkspace",
      declaredAction: "CancelJobRun",
      status: 200,
    });
  });

  test("a question mark inside the path breaks the signature, and nothing is deleted", async () => {
    const { call, sandbox } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const sent = sendAs(sandbox, "DELETE", `/api/v1/workspaces/${workspaceId}?/jobRuns/jr-1`);
    expect(await refusalOf(sent)).toMatchObject({ Code: "SignatureDoesNotMatch" });
    expect((await call("ListWorkspaces")).totalCount).toBe(1);
  });

  test("an unsigned DELETE deletes nothing and is not counted, but is logged", async () => {
    const { call, sandbox } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    await fetch(`http://${sandbox.emrEndpoint}/api/v1/workspaces/${workspaceId}?regionId=x`, { method: "DELETE" });
    expect(sandbox.requestLog.count("DeleteWorkspace")).toBe(0);
    expect(sandbox.requestLog.entries().at(-1)).toMatchObject({ method: "DELETE", operation: undefined, status: 400 });
    expect((await call("ListWorkspaces")).totalCount).toBe(1);
  });
});

describe("clientToken", () => {
  test("with the same request gives the first answer again and starts nothing new", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const request = { workspaceId, clientToken: "t-1", ...jobRequest() };
    const first = await call("StartJobRun", request);
    const { jobDriver, ...rest } = request;
    const second = await call("StartJobRun", { jobDriver, ...rest });
    expect(second.jobRunId).toBe(first.jobRunId);
    expect(second.requestId).not.toBe(first.requestId);
    expect((await call("ListJobRuns", { workspaceId })).totalCount).toBe(1);
  });

  test("with another request is IdempotentParameterMismatch", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    await call("StartJobRun", { workspaceId, clientToken: "t-1", ...jobRequest() });
    const other = call("StartJobRun", { workspaceId, clientToken: "t-1", ...jobRequest(["x"]) });
    expect(await refusalOf(other)).toMatchObject({ statusCode: 400, Code: "IdempotentParameterMismatch" });
    expect((await call("ListJobRuns", { workspaceId })).totalCount).toBe(1);
  });

  test("of a refused request may be used again", async () => {
    const { call } = await openSandbox();
    const wrong = call("CreateWorkspace", workspaceRequest({ clientToken: "t-1", ossBucket: "oss://nowhere" }));
    expect(await refusalOf(wrong)).toMatchObject({ Code: "InvalidParameter" });
    expect(await call("CreateWorkspace", workspaceRequest({ clientToken: "t-1" }))).toHaveProperty("workspaceId");
  });
});

describe("faults", () => {
  test("throttling is answered in the service's form and has no effect", async () => {
    const { call, sandbox } = await openSandbox({
      faults: [{ operation: "CreateWorkspace", kind: "throttling", times: 1, delayMs: 7000 }],
    });
    const { status, headers, body } = await rawCreate(sandbox);
    expect({ status, retryAfter: headers["x-acs-retry-after"], body: JSON.parse(body) }).toMatchObject({
      status: 400,
      retryAfter: "7000",
      body: { Code: "Throttling.User" },
    });
    expect((await call("ListWorkspaces")).totalCount).toBe(0);
    expect(await call("CreateWorkspace", workspaceRequest())).toHaveProperty("workspaceId");
  });

  test.each([
    ["serverErrorBeforeEffect", 0],
    ["serverErrorAfterEffect", 1],
  ] as const)("%s leaves %i workspaces behind", async (kind, left) => {
    const { call, sandbox } = await openSandbox();
    sandbox.faults.set([{ operation: "CreateWorkspace", kind, times: 1 }]);
    expect(await refusalOf(call("CreateWorkspace", workspaceRequest()))).toMatchObject({
      statusCode: 500,
      Code: "InternalError",
    });
    expect((await call("ListWorkspaces")).totalCount).toBe(left);
  });

  test.each([
    ["resetBeforeEffect", 0],
    ["resetAfterEffect", 1],
  ] as const)("%s breaks the connection and leaves %i workspaces behind", async (kind, left) => {
    const { call, sandbox } = await openSandbox();
    sandbox.faults.set([{ operation: "CreateWorkspace", kind, times: 1 }]);
    await expect(call("CreateWorkspace", workspaceRequest())).rejects.toThrow();
    expect((await call("ListWorkspaces")).totalCount).toBe(left);
    expect(sandbox.requestLog.entries().at(-2)?.status).toBe("reset");
  });

  test("slow holds the answer back", async () => {
    const { call, sandbox } = await openSandbox();
    sandbox.faults.set([{ operation: "*", kind: "slow", times: 1, delayMs: 120 }]);
    const started = performance.now();
    await call("ListWorkspaces");
    expect(performance.now() - started).toBeGreaterThan(115);
  });

  test("hit as often as they say and only the named operation", async () => {
    const { call, sandbox } = await openSandbox();
    sandbox.faults.set([{ operation: "ListWorkspaces", kind: "serverErrorBeforeEffect", times: 2 }]);
    await call("ListReleaseVersions");
    for (let count = 0; count < 2; count += 1) expect(await refusalOf(call("ListWorkspaces"))).toHaveProperty("Code");
    expect(await call("ListWorkspaces")).toHaveProperty("totalCount");
    expect(sandbox.faults.list()).toEqual([]);
  });

  test("are set over HTTP with the AccessKey secret and not without", async () => {
    const { call, sandbox } = await openSandbox();
    const faults = [{ operation: "ListWorkspaces", kind: "throttling", times: 1 }];
    const post = (secret: string, body: unknown) =>
      fetch(`http://${sandbox.emrEndpoint}/sandbox/faults`, {
        method: "POST",
        headers: { authorization: `Bearer ${secret}` },
        body: JSON.stringify(body),
      });
    expect((await post("guess", faults)).status).toBe(403);
    expect(await call("ListWorkspaces")).toHaveProperty("totalCount");
    expect((await post(sandbox.accessKeySecret, faults)).status).toBe(200);
    expect(await refusalOf(call("ListWorkspaces"))).toMatchObject({ Code: "Throttling.User" });
    expect((await post(sandbox.accessKeySecret, [{ operation: "x", kind: "y", times: 1 }])).status).toBe(400);
  });
});

test("the request log is read over HTTP with the AccessKey secret", async () => {
  const { call, sandbox } = await openSandbox();
  await call("ListWorkspaces");
  const response = await fetch(`http://${sandbox.emrEndpoint}/sandbox/requests`, {
    headers: { authorization: `Bearer ${sandbox.accessKeySecret}` },
  });
  expect(await response.json()).toMatchObject({ requests: [{ operation: "ListWorkspaces", status: 200 }] });
});

test("every simulated operation is one of the registry", () => {
  const known = operationIndex.map((operation) => operation.name);
  for (const operation of simulatedOperations) expect(known).toContain(operation);
});

/** The official client hides the headers of a refusal. */
async function rawCreate(sandbox: Parameters<typeof sendAs>[0]) {
  const body = Buffer.from(JSON.stringify(workspaceRequest()));
  const headers: Record<string, string> = {
    host: sandbox.emrEndpoint,
    "x-acs-action": "CreateWorkspace",
    "x-acs-content-sha256": sha256(body),
    "x-acs-date": new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    "x-acs-signature-nonce": "raw-1",
    "x-acs-version": "2023-08-08",
  };
  const signedHeaders = Object.keys(headers).sort();
  const rawPath = "/api/v1/workspaces";
  const rawQuery = "regionId=cn-hangzhou";
  const signed = { method: "POST", rawPath, rawQuery, headers: Object.entries(headers), body };
  const signature = acs3Signature(signed, signedHeaders, sandbox.accessKeySecret);
  headers.authorization = `ACS3-HMAC-SHA256 Credential=${sandbox.accessKeyId},SignedHeaders=${signedHeaders.join(";")},Signature=${signature}`;
  return new Promise<{ status: number | undefined; headers: NodeJS.Dict<string | string[]>; body: string }>(
    (resolve, reject) => {
      const outgoing = request(
        `http://${sandbox.emrEndpoint}${rawPath}?${rawQuery}`,
        { method: "POST", headers },
        (response) => {
          let text = "";
          response.on("data", (chunk) => {
            text += chunk;
          });
          response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: text }));
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    },
  );
}
