import { describe, expect, test } from "vitest";
import type { HuaweiCredentials, Login } from "../../src/clouds/huawei/connection.ts";
import { createSender } from "../../src/clouds/huawei/sender.ts";
import {
  anything,
  type Behaviour,
  connectionTo,
  createBatch,
  key,
  type ListeningService,
  listen,
  listQueues,
  options,
  secrets,
  verdictOn,
} from "./huawei.support.ts";

const login: Login = { user: "u", password: secrets.password, domain: "d", project: { name: "cn-north-4" } };
const hour = 60 * 60_000;

const passwordAt = (iam: ListeningService): HuaweiCredentials => ({
  kind: "password",
  login,
  iam: { host: iam.host, protocol: "http" },
});

/** Gives tokens that end in 1, 2, 3. */
async function listenAsIam(
  change: (token: string) => ReturnType<Behaviour> = (token) => ({ headers: { "x-subject-token": token } }),
) {
  let given = 0;
  const iam = await listen(() => ({ status: 201, body: { token: {} }, ...change(`${secrets.token}-${++given}`) }));
  return iam;
}

/** A service that takes these tokens alone. */
const taking =
  (...tokens: string[]): Behaviour =>
  ({ headers }) =>
    tokens.includes(String(headers["x-auth-token"]).replace(`${secrets.token}-`, ""))
      ? { body: { is_success: true } }
      : {
          status: 401,
          body: { error_code: "APIGW.0307", error_msg: `The token must be updated. ${headers["x-auth-token"]}` },
        };

describe("a token for user and password", () => {
  test("is asked of IAM for the project, once, and sent instead of a signature", async () => {
    const [iam, service] = [await listenAsIam(), await listen(taking("1"))];
    const send = createSender(connectionTo(service, passwordAt(iam)));
    expect(await send(listQueues, options(), anything)).toMatchObject({ kind: "answered" });
    expect(await send(createBatch, options(), anything)).toMatchObject({ kind: "answered" });
    expect(iam.received.map(({ method, url }) => `${method} ${url}`)).toEqual(["POST /v3/auth/tokens?nocatalog=true"]);
    expect(JSON.parse(String(iam.received[0]?.body))).toEqual({
      auth: {
        identity: {
          methods: ["password"],
          password: { user: { name: "u", password: secrets.password, domain: { name: "d" } } },
        },
        scope: { project: { name: "cn-north-4" } },
      },
    });
    expect(service.received[1]?.headers.authorization).toBeUndefined();
    expect(service.received[1]?.headers["x-project-id"]).toBe("p1");
  });

  test("is asked once for many calls that come at the same time", async () => {
    const [iam, service] = [await listenAsIam(), await listen(taking("1"))];
    const send = createSender(connectionTo(service, passwordAt(iam)));
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(listQueues, options(), anything)));
    expect(answers.every(({ kind }) => kind === "answered")).toBe(true);
    expect(iam.received).toHaveLength(1);
  });

  test("is asked anew before its 24 hours are over", async () => {
    const [iam, service] = [await listenAsIam(), await listen(taking("1", "2"))];
    let time = Date.now();
    const send = createSender(connectionTo(service, passwordAt(iam)), () => time);
    await send(listQueues, options(), anything);
    time += 23 * hour;
    await send(listQueues, options(), anything);
    expect(iam.received).toHaveLength(1);
    time += 0.95 * hour;
    await send(listQueues, options(), anything);
    expect(iam.received).toHaveLength(2);
  });

  test("is not used past the end that IAM names", async () => {
    const expires = new Date(Date.now() + hour).toISOString();
    const iam = await listenAsIam((token) => ({
      headers: { "x-subject-token": token },
      body: { token: { expires_at: expires } },
    }));
    const service = await listen(taking("1", "2"));
    let time = Date.now();
    const send = createSender(connectionTo(service, passwordAt(iam)), () => time);
    await send(listQueues, options(), anything);
    time += hour;
    await send(listQueues, options(), anything);
    expect(iam.received).toHaveLength(2);
  });

  test("that the service no longer takes is replaced, and the request sent once more", async () => {
    const [iam, service] = [await listenAsIam(), await listen(taking("2"))];
    const send = createSender(connectionTo(service, passwordAt(iam)));
    expect(await send(createBatch, options(), anything)).toMatchObject({ kind: "answered" });
    expect(iam.received).toHaveLength(2);
    expect(service.received).toHaveLength(2);
  });

  test("is replaced once only: a second 401 is the answer, and tells no token", async () => {
    const [iam, service] = [await listenAsIam(), await listen(taking())];
    const answer = await createSender(connectionTo(service, passwordAt(iam)))(createBatch, options(), anything);
    expect(answer).toMatchObject({ kind: "rejected", status: 401, code: "APIGW.0307" });
    expect(service.received).toHaveLength(2);
    expect(JSON.stringify(answer)).not.toContain("canary");
  });

  test("that IAM refuses leaves the request unsent, and the password untold", async () => {
    const iam = await listen(({ body }) => ({
      status: 401,
      body: { error: { code: 401, message: `The username or password is wrong. ${body}`, title: "Unauthorized" } },
    }));
    const service = await listen(taking());
    const answer = await createSender(connectionTo(service, passwordAt(iam)))(createBatch, options(), anything);
    expect(answer).toMatchObject({ kind: "not-sent", reason: "no-credentials" });
    expect("message" in answer && answer.message).toContain("The username or password is wrong");
    expect(JSON.stringify(answer)).not.toContain("canary");
    expect(service.received).toEqual([]);
  });

  test("that IAM answers without leaves the request unsent", async () => {
    const [iam, service] = [await listen(() => ({ status: 201, body: {} })), await listen(taking())];
    const answer = await createSender(connectionTo(service, passwordAt(iam)))(createBatch, options(), anything);
    expect(answer).toMatchObject({ kind: "not-sent", reason: "no-credentials" });
  });

  test("is asked of no other host when IAM redirects", async () => {
    const elsewhere = await listen(() => ({}));
    const iam = await listen(() => ({ status: 307, headers: { location: `http://${elsewhere.host}/` } }));
    const service = await listen(taking());
    const answer = await createSender(connectionTo(service, passwordAt(iam)))(createBatch, options(), anything);
    expect(answer).toMatchObject({ kind: "not-sent" });
    expect(elsewhere.received).toEqual([]);
  });

  test("that does not come in time, or from nobody, leaves the request unsent", async () => {
    const service = await listen(taking());
    const silent = await listen(() => undefined);
    expect(await createSender(connectionTo(service, passwordAt(silent)))(createBatch, options(200), anything)).toEqual({
      kind: "not-sent",
      reason: "unreachable",
      message: "there were no credentials in time",
    });
    const nobody = { host: "127.0.0.1:1", received: [] };
    expect(
      await createSender(connectionTo(service, passwordAt(nobody)))(createBatch, options(), anything),
    ).toMatchObject({ kind: "not-sent", reason: "unreachable" });
    expect(service.received).toEqual([]);
  });

  test("is asked again by the next call after IAM failed", async () => {
    let isDown = true;
    const iam = await listenAsIam((token) => (isDown ? { status: 503 } : { headers: { "x-subject-token": token } }));
    const service = await listen(taking("2"));
    const send = createSender(connectionTo(service, passwordAt(iam)));
    expect(await send(listQueues, options(), anything)).toMatchObject({ kind: "not-sent", reason: "unreachable" });
    isDown = false;
    expect(await send(listQueues, options(), anything)).toMatchObject({ kind: "answered" });
  });
});

describe("credentials that cannot be renewed", () => {
  test("a given token that is refused is not sent again", async () => {
    const service = await listen(taking());
    const send = createSender(connectionTo(service, { kind: "token", token: secrets.token }));
    const answer = await send(createBatch, options(), anything);
    expect(answer).toMatchObject({ kind: "rejected", status: 401 });
    expect(service.received).toHaveLength(1);
    expect(JSON.stringify(answer)).not.toContain("canary");
  });

  test("nor is a request whose signature is refused", async () => {
    const service = await listen(() => ({ status: 401, body: { error_code: "APIGW.0301", error_msg: "no" } }));
    expect(await createSender(connectionTo(service))(createBatch, options(), anything)).toMatchObject({ status: 401 });
    expect(service.received).toHaveLength(1);
  });
});

describe("the agency of an ECS", () => {
  const credential = (expiresAt = new Date(Date.now() + hour)) => ({
    access: key.accessKeyId,
    secret: secrets.secretAccessKey,
    securitytoken: secrets.securityToken,
    expires_at: expiresAt.toISOString(),
  });

  const agency = (metadata: { host: string }): HuaweiCredentials => ({
    kind: "metadata",
    endpoint: { host: metadata.host, protocol: "http" },
  });

  const listenAsMetadata = (sessions: 200 | 404, body: () => unknown = () => ({ credential: credential() })) =>
    listen(({ method, headers }) => {
      if (method === "PUT") return sessions === 200 ? { body: "session-1" } : { status: 404 };
      if (sessions === 200 && headers["x-metadata-token"] !== "session-1") return { status: 401 };
      return { body: body() };
    });

  test.each([200, 404] as const)("gives its temporary key, with sessions answering %i", async (sessions) => {
    const metadata = await listenAsMetadata(sessions);
    const service = await listen((seen) => (verdictOn(seen) ? { status: 401 } : {}));
    const send = createSender(connectionTo(service, agency(metadata)));
    expect(await send(listQueues, options(), anything)).toMatchObject({ kind: "answered" });
    expect(await send(listQueues, options(), anything)).toMatchObject({ kind: "answered" });
    expect(service.received[1]?.headers["x-security-token"]).toBe(secrets.securityToken);
    expect(metadata.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "PUT /meta-data/latest/api/token",
      "GET /openstack/latest/securitykey",
    ]);
  });

  test("gives another key when the first is refused", async () => {
    const metadata = await listenAsMetadata(200);
    let refused = 0;
    const service = await listen(() => (refused++ === 0 ? { status: 401, body: {} } : {}));
    const send = createSender(connectionTo(service, agency(metadata)));
    expect(await send(listQueues, options(), anything)).toMatchObject({ kind: "answered" });
    expect(metadata.received.filter(({ method }) => method === "GET")).toHaveLength(2);
  });

  test("is not asked again because the clocks differ", async () => {
    const metadata = await listenAsMetadata(200, () => ({ credential: credential() }));
    const service = await listen((seen) => ({ status: 401, body: verdictOn(seen) }));
    const slow = () => Date.now() - 20 * 60_000;
    const answer = await createSender(connectionTo(service, agency(metadata)), slow)(listQueues, options(), anything);
    expect("message" in answer && answer.message).toMatch(/^the clocks differ/);
    expect(service.received).toHaveLength(1);
    expect(JSON.stringify(answer)).not.toContain("canary");
  });

  test.each([
    ["no agency", { message: "Please configure Cloud Service Agency first" }],
    ["half a key", { credential: { ...credential(), secret: undefined } }],
    ["no end", { credential: { ...credential(), expires_at: "later" } }],
    ["no JSON", `{"secret":"${secrets.secretAccessKey}"`],
  ])("with %s leaves the request unsent", async (_, body) => {
    const metadata = await listenAsMetadata(200, () => body);
    const service = await listen(() => ({}));
    const answer = await createSender(connectionTo(service, agency(metadata)))(listQueues, options(), anything);
    expect(answer).toMatchObject({ kind: "not-sent", reason: "no-credentials" });
    expect(JSON.stringify(answer)).not.toContain("canary");
    expect(service.received).toEqual([]);
  });

  test.each(["metadata.example.com", "10.0.0.1:80", "127.0.0.1.example.com", "localhost.example.com:80"])(
    "is not asked of %s",
    async (host) => {
      const service = await listen(() => ({}));
      const answer = await createSender(connectionTo(service, agency({ host })))(listQueues, options(), anything);
      expect(answer).toEqual({
        kind: "not-sent",
        reason: "no-credentials",
        message: "the metadata service may only be moved to a loopback address",
      });
    },
  );
});
