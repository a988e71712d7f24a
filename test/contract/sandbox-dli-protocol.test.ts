import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { openDliSandbox } from "../doubles/sandbox-dli.ts";

/** What the door of DLI takes, over real HTTP. */

const projects = { method: "GET", path: "/v3/projects" };
const agency = (domain_id: string, name = "dli_job_agency") => ({
  method: "POST",
  path: "/v3.0/OS-AGENCY/agencies",
  body: { agency: { name, domain_id, duration: "FOREVER" } },
});

describe("signatures:", () => {
  test("a request signed with the sandbox's key is answered, and the answer names itself", async () => {
    const { send, projectId } = await openDliSandbox();
    const reply = await send(projects);
    expect(reply).toMatchObject({ status: 200, body: { projects: [{ id: projectId, name: "cn-north-4" }] } });
    expect(reply.headers["x-request-id"]).toMatch(/^[0-9a-f]{32}$/);
  });

  test.each([
    ["a wrong secret", { secret: "another-secret" }, "verify aksk signature fail"],
    ["a date 20 minutes back", { at: new Date(Date.now() - 20 * 60_000) }, "signature expired"],
    ["a date 20 minutes ahead", { at: new Date(Date.now() + 20 * 60_000) }, "signature expired"],
    ["no signature at all", { signed: false }, "no Authorization"],
    [
      "a token that nobody issued",
      { signed: false, headers: { "x-auth-token": `9999999999999.${"a".repeat(64)}` } },
      "token",
    ],
  ])("%s is refused with 401 in the gateway's form", async (_, change, why) => {
    const { send } = await openDliSandbox();
    const reply = await send({ ...projects, ...change });
    expect(reply.status).toBe(401);
    expect(reply.body).toEqual({
      error_code: "APIGW.0301",
      error_msg: expect.stringContaining(why),
      request_id: reply.headers["x-request-id"],
    });
  });

  test("a body other than the signed one is refused with 401, and nothing is done", async () => {
    const { send, call, sandbox } = await openDliSandbox();
    const { body } = await call("KeystoneListProjects");
    const domain = (body as { projects: { domain_id: string }[] }).projects[0]?.domain_id ?? "";
    const signedBody = agency(domain);
    const sentBody = JSON.stringify(signedBody.body).replace("dli_job_agency", "xli_job_agency");
    expect(await send({ ...signedBody, sentBody })).toMatchObject({
      status: 401,
      body: { error_code: "APIGW.0301" },
    });
    expect(sandbox.requestLog.count("CreateAgency")).toBe(0);
  });
});

describe("tokens:", () => {
  const login = (name: string, password: string, project: object = { name: "cn-north-4" }) => ({
    method: "POST",
    path: "/v3/auth/tokens",
    query: [["nocatalog", "true"]] as const,
    signed: false,
    body: {
      auth: {
        identity: { methods: ["password"], password: { user: { name, password, domain: { name: "any" } } } },
        scope: { project },
      },
    },
  });

  test("IAM issues one for the access key pair, and it opens the door", async () => {
    const { sandbox, send, projectId } = await openDliSandbox();
    const issued = await send(login(sandbox.accessKeyId, sandbox.accessKeySecret));
    expect(issued).toMatchObject({ status: 201, body: { token: { project: { id: projectId } } } });
    const token = issued.headers["x-subject-token"] ?? "";
    expect(await send({ ...projects, signed: false, headers: { "x-auth-token": token } })).toMatchObject({
      status: 200,
    });
  });

  test("a wrong password gets none", async () => {
    const { sandbox, send } = await openDliSandbox();
    const refused = await send(login(sandbox.accessKeyId, "wrong"));
    expect(refused).toMatchObject({ status: 401, body: { error_code: "APIGW.0301" } });
    expect(refused.headers["x-subject-token"]).toBeUndefined();
  });

  test("there is none for another project", async () => {
    const { sandbox, send } = await openDliSandbox();
    expect(await send(login(sandbox.accessKeyId, sandbox.accessKeySecret, { name: "cn-south-1" }))).toMatchObject({
      status: 400,
    });
  });

  test("one outlives a restart of the sandbox and no longer than a day", async () => {
    let clock = Date.now();
    const { sandbox, send } = await openDliSandbox({ now: () => clock });
    const issued = await send(login(sandbox.accessKeyId, sandbox.accessKeySecret));
    await sandbox.close();
    const again = await openDliSandbox({ dataFolder: sandbox.dataFolder, now: () => clock });
    const asked = { ...projects, signed: false, headers: { "x-auth-token": issued.headers["x-subject-token"] ?? "" } };
    expect(await again.send(asked)).toMatchObject({ status: 200 });
    clock += 24 * 60 * 60_000;
    expect(await again.send(asked)).toMatchObject({ status: 401 });
  });
});

describe("paths and bodies:", () => {
  test("the project in the path must be the sandbox's own", async () => {
    const { send } = await openDliSandbox();
    expect(await send({ method: "GET", path: `/v1.0/${"0".repeat(32)}/queues` })).toMatchObject({
      status: 403,
      body: { error_code: "APIGW.0302" },
    });
  });

  test("a path that is no operation is refused with 404", async () => {
    const { send, projectId } = await openDliSandbox();
    expect(await send({ method: "GET", path: `/v9/${projectId}/queues` })).toMatchObject({
      status: 404,
      body: { error_code: "APIGW.0101" },
    });
  });

  test.each(["text/plain", "application/x-www-form-urlencoded"])("a body of type %s is refused", async (type) => {
    const { send } = await openDliSandbox();
    expect(await send({ ...agency("any"), headers: { "content-type": type } })).toMatchObject({ status: 415 });
  });

  test.each([
    ["a mandatory member that is missing", {}, "agency is mandatory."],
    ["a member of another type", { agency: { name: 7 } }, "agency.name must be a string."],
  ])("%s: DLI.0001", async (_, body, error_msg) => {
    const { send } = await openDliSandbox();
    expect(await send({ ...agency("any"), body })).toMatchObject({
      status: 400,
      body: { error_code: "DLI.0001", error_msg },
    });
  });

  test("an operation that is not simulated is refused with 501 and its name", async () => {
    const { call, sandbox } = await openDliSandbox();
    expect(await call("ListSessions")).toMatchObject({
      status: 501,
      body: {
        error_code: "Sandbox.NotSimulated",
        error_msg: "ListSessions is not simulated by the sandbox; nothing was done.",
      },
    });
    expect(sandbox.requestLog.entries()).toMatchObject([{ operation: "ListSessions", status: 501 }]);
  });

  test("a body over 12 MB is refused", async () => {
    const { send } = await openDliSandbox();
    const name = "a".repeat(12 * 1024 * 1024);
    expect(await send(agency("any", name))).toMatchObject({ status: 413 });
  });

  test("what is no HTTP is answered with an error document", async () => {
    const { sandbox } = await openDliSandbox();
    const port = Number(sandbox.dliEndpoint?.split(":")[1]);
    const text = await new Promise<string>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => socket.write("nonsense\r\n\r\n"));
      socket.on("data", (data) => resolve(String(data)));
    });
    expect(text).toContain('"error_code":"APIGW.0201"');
  });
});

describe("faults:", () => {
  const faulty = async (kind: "throttling" | "serverErrorAfterEffect" | "resetAfterEffect" | "resetBeforeEffect") => {
    const opened = await openDliSandbox();
    const { body } = await opened.call("KeystoneListProjects");
    const domain = (body as { projects: { domain_id: string }[] }).projects[0]?.domain_id ?? "";
    opened.sandbox.faults.set([{ operation: "CreateAgency", kind, times: 1, delayMs: 2000 }]);
    const agencies = async () => {
      const listed = await opened.call("ListAgencies", { domain_id: domain, name: "dli_job_agency" });
      return (listed.body as { agencies: unknown[] }).agencies.length;
    };
    return { ...opened, request: agency(domain), agencies };
  };

  test("throttling is 429 with Retry-After, and nothing is done", async () => {
    const { send, request, agencies } = await faulty("throttling");
    const reply = await send(request);
    expect(reply).toMatchObject({ status: 429, body: { error_code: "APIGW.0308" }, headers: { "retry-after": "2" } });
    expect(await agencies()).toBe(0);
  });

  test("an error after the effect is 500, and the effect is there", async () => {
    const { send, request, agencies } = await faulty("serverErrorAfterEffect");
    expect(await send(request)).toMatchObject({ status: 500 });
    expect(await agencies()).toBe(1);
  });

  test.each([
    ["before", "resetBeforeEffect", 0],
    ["after", "resetAfterEffect", 1],
  ] as const)("a connection dropped %s the effect", async (_, kind, made) => {
    const { send, request, agencies, sandbox } = await faulty(kind);
    await expect(send(request)).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(await agencies()).toBe(made);
    expect(sandbox.requestLog.entries()).toContainEqual(
      expect.objectContaining({ operation: "CreateAgency", status: "reset" }),
    );
  });

  test("they are set over HTTP by whoever holds the secret", async () => {
    const { sandbox, send } = await openDliSandbox();
    const faults = [{ operation: "ListQueues", kind: "throttling", times: 1 }];
    const set = (secret: string) =>
      send({
        method: "POST",
        path: "/sandbox/faults",
        signed: false,
        headers: { authorization: `Bearer ${secret}` },
        body: faults,
      });
    expect(await set("wrong")).toMatchObject({ status: 403 });
    expect(sandbox.faults.list()).toEqual([]);
    expect(await set(sandbox.accessKeySecret)).toMatchObject({ status: 200, body: { faults } });
    expect(sandbox.faults.list()).toEqual(faults);
  });
});
