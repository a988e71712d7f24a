import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDliTransport } from "../../src/clouds/dli/transport.ts";
import { createObsTransport } from "../../src/clouds/obs/transport.ts";
import type { CloudTransport, WireRequest } from "../../src/clouds/transport.ts";
import type { Operation, Requests } from "../../src/gateway/types.ts";
import { dliIndex, findOperation } from "../../src/operations/registry.ts";
import type { Policy } from "../../src/policy/types.ts";
import type { Tool } from "../../tools/define.ts";
import { dliTools } from "../../tools/dli/index.ts";
import { contextWith, gatewayOver, manualClock } from "../doubles/gateway-parts.ts";
import { type ListeningCloud, listenAsCloud } from "../doubles/listening-cloud.ts";
import { dli } from "./matrix/cloud-under-attack.ts";
import { inputOf } from "./poison/dli-inputs.ts";
import { isQuick, score } from "./scorecard/record.ts";
import { type Deletion, deletionMeant, deletions, project, spellingsOf } from "./smuggling/dli-deletions.ts";
import { hostile, randomId } from "./smuggling/hostile.ts";
import { type Asked, isWhatWasAsked } from "./smuggling/obs-judge.ts";

/** Everything here ends at a real listening server; what counts is the request lines it saw. */

const ordinary = "DLI: an ordinary deletion";
const storage = "OBS: other buckets, keys and sub-resources";
const never: readonly Deletion[] = ["DeleteElasticResourcePool", "DeleteDatabase"];
const signal = new AbortController().signal;
const key = { kind: "key", accessKeyId: "testid", secretAccessKey: "testsecret" } as const;

let cloud: ListeningCloud;
let transports: ReturnType<typeof dli.transports>;

beforeAll(async () => {
  cloud = await listenAsCloud();
  transports = dli.transports(cloud.host);
});
afterAll(() => cloud.close());

async function send(request: Omit<WireRequest, "query" | "method"> & { method: string; query?: WireRequest["query"] }) {
  const transport = await transports(request.operation.startsWith("Obs") ? "obs" : "dli");
  const before = cloud.received.length;
  const answer = await transport.send({ query: {}, ...request } as WireRequest, { deadlineMs: 5_000, signal });
  return { answer, arrived: cloud.received.slice(before) };
}

test("the listening server itself would notice a deletion in any spelling", () => {
  const spellings = Object.entries(deletions).flatMap(([name, path]) =>
    spellingsOf(path)
      .filter((url) => !url.includes("\r"))
      .map((url) => ({ name, url })),
  );
  const unseen = spellings.filter(({ url }) => deletionMeant({ method: "DELETE", url }) === undefined);
  const control = { of: spellings.length, held: spellings.length - unseen.length };
  score(ordinary, { tries: 0, through: 0, control });
  expect(unseen).toEqual([]);
  expect(deletionMeant({ method: "DELETE", url: `/v2.0/${project}/batches/b1` })).toBeUndefined();
  expect(deletionMeant({ method: "GET", url: deletions.DeleteQueue })).toBeUndefined();
});

test("the deletion of a queue by its own name reaches the server, so the rest of this file tests something", async () => {
  const { answer, arrived } = await send({
    operation: "DeleteQueue",
    method: "DELETE",
    path: deletions.DeleteQueue,
  });
  const held = arrived.filter((each) => deletionMeant(each) === "DeleteQueue").length;
  score(ordinary, { tries: 1, through: 0, control: { of: 1, held } });
  expect(answer).toMatchObject({ kind: "answered" });
  expect(arrived).toHaveLength(1);
});

test("no operation's name gets a pool, a queue, a database or a table deleted, in any spelling", async () => {
  const asked = dliIndex.filter((_, at) => !isQuick || at % 10 === 0).map(({ name }) => name);
  const through: unknown[] = [];
  let tried = 0;
  for (const operation of [...asked, "toString", "__proto__", "CancelJobRun", "DeleteQueue2"]) {
    for (const [deletion, path] of Object.entries(deletions)) {
      for (const [at, spelled] of spellingsOf(path).entries()) {
        const isItself = operation === deletion && at === 0;
        if (isItself) continue;
        for (const method of at === 0 ? ["DELETE", "delete", "Delete"] : ["DELETE"]) {
          const { answer, arrived } = await send({ operation, method, path: spelled });
          tried += 1;
          const isStopped = answer.kind === "not-sent" && answer.reason === "guard";
          if (arrived.length > 0 || !isStopped) through.push({ operation, method, spelled, answer });
        }
      }
    }
  }
  score("DLI: deletions under another's name", { tries: tried, through: through.length });
  expect(through).toEqual([]);
}, 120_000);

test("pools and databases are not deleted by their own operations, whatever the method and whatever the policy says", async () => {
  const family = "DLI: deletions that are never sent";
  const through: unknown[] = [];
  let tried = 0;
  for (const operation of never) {
    for (const path of spellingsOf(deletions[operation])) {
      for (const method of ["DELETE", "POST", "PUT", "GET"]) {
        const { arrived } = await send({ operation, method, path });
        tried += 1;
        if (arrived.length > 0) through.push({ operation, method, path });
      }
    }
  }
  // A policy that takes every operation for a read that nobody has to be asked about.
  const careless: Policy = {
    ...dli.policy(),
    rule(operation) {
      const { verify, instead, ...rule } = dli.policy().rule(operation) ?? {};
      return { ...rule, operation, risk: "read", idempotency: "read", prechecks: [] } as unknown as ReturnType<
        Policy["rule"]
      >;
    },
  };
  const { gateway } = dliGateway(transports, careless);
  const login = { auth: { identity: { methods: ["password"], password: { user: { name: "a", password: "b" } } } } };
  const inputs = {
    DeleteElasticResourcePool: { elastic_resource_pool_name: "erp_prod" },
    DeleteDatabase: { database_name: "db1", cascade: true },
    KeystoneCreateUserTokenByPassword: login,
  };
  const before = cloud.received.length;
  for (const [operation, input] of Object.entries(inputs)) {
    const outcome = await gateway.run(operation as Operation, input as never, contextWith({ strength: "out-of-band" }));
    tried += 1;
    expect(outcome, operation).toMatchObject({ kind: "refused", code: "FORBIDDEN_OPERATION" });
  }
  // The same careless policy lets a queue go, so it is the transport that keeps the rest.
  await gateway.run("DeleteQueue", { queue_name: "general_q1" }, contextWith({ strength: "none" }));
  const lost = cloud.received.slice(before).map(deletionMeant);
  score(family, { tries: tried, through: through.length + lost.filter((each) => each !== "DeleteQueue").length });
  expect(through).toEqual([]);
  expect(lost).toEqual(["DeleteQueue"]);
}, 60_000);

function dliGateway(of: ReturnType<typeof dli.transports>, policy: Policy = dli.policy()) {
  return gatewayOver(
    {},
    {
      profile: {
        name: "test",
        cloud: "dli",
        environment: "cloud",
        endpoint: "dli.test",
        mode: "full",
        identity: "tester",
        ...dli.place,
      },
      policy: () => ({ ok: true, policy }),
      transport: of,
    },
  );
}

/** As long as an id of a batch, which is all that the tools look at. */
const longAsAnId = ["../../queues/general_q1", "%2e%2e%2fqueues%2fgeneral_q1", "x/../../queues/general_q1?x="].map(
  (text) => text.padEnd(36, "/"),
);
const hostileIds = [...hostile, ...longAsAnId];

function idFields(tool: Tool): string[] {
  return Object.keys(tool.input.shape).filter((name) => /(id|queue|pool|bucket|uri)$/i.test(name));
}

/** What reached the cloud although it is no read, or names the hostile text in its path. */
function acted(arrived: ListeningCloud["received"]): ListeningCloud["received"] {
  return arrived.filter(({ method, url }) => {
    const [path = ""] = url.split("?");
    const operation = dli.operationOf(method, path);
    return !operation || !dli.policy().rule(operation)?.risk.startsWith("read");
  });
}

test("every tool of DLI refuses hostile text in every argument that is an id, and nothing is asked, read or done with it", async () => {
  const { gateway } = dliGateway(transports);
  const call = { gateway, context: contextWith({ strength: "accepted" }), clock: manualClock() };
  const tries = dliTools.flatMap((tool) =>
    idFields(tool).flatMap((field) => hostileIds.map((value) => ({ tool, field, value }))),
  );
  const admitted: string[] = [];
  const before = cloud.received.length;
  /** What came of a call, and what it had the cloud asked. */
  const use = async (tool: Tool, input: Record<string, unknown>) => {
    const from = cloud.received.length;
    const run = async () => tool.run(input, call);
    const kind = await run().then(
      (result) => result.kind,
      () => "refused",
    );
    return { kind, asked: cloud.received.slice(from).map(({ method, url }) => `${method} ${url.split("?")[0]}`) };
  };
  for (const { tool, field, value } of tries) {
    const { [field]: _, ...without } = inputOf(tool);
    const { kind, asked } = await use(tool, { ...without, [field]: value });
    // A filter of what is read without it as well.
    const isFilter = kind === "reply" && `${asked}` === `${(await use(tool, without)).asked}`;
    if (kind !== "refused" && !isFilter) admitted.push(`${tool.name}.${field} = ${JSON.stringify(value)}: ${kind}`);
  }
  const through = acted(cloud.received.slice(before));
  score("DLI: hostile ids, tools and gateway", { tries: tries.length, through: through.length });
  expect(admitted).toEqual([]);
  expect(through).toEqual([]);
  expect(tries.length).toBeGreaterThan(15 * hostileIds.length);
}, 60_000);

test("the gateway refuses hostile text in every path parameter of all operations, and sends nothing for it", async () => {
  const { gateway } = dliGateway(transports);
  const context = contextWith({ strength: "out-of-band" });
  const before = cloud.received.length;
  const admitted: string[] = [];
  let tried = 0;
  for (const name of [...dliIndex.map((entry) => entry.name), "ObsHeadObject", "ObsListObjects", "ObsPutObject"]) {
    const parameters = findOperation(name)?.parameters.filter((each) => each.in === "path") ?? [];
    for (const parameter of parameters) {
      for (const value of hostileIds) {
        const input = { [parameter.name]: value } as unknown as Requests[Operation];
        const outcome = await gateway.run(name as Operation, input, context);
        tried += 1;
        const isRefused = outcome.kind === "refused" && outcome.code === "BAD_INPUT";
        if (!isRefused) admitted.push(`${name}.${parameter.name} = ${JSON.stringify(value)}`);
      }
    }
  }
  score("DLI: hostile ids, tools and gateway", { tries: tried, through: cloud.received.length - before });
  expect(admitted).toEqual([]);
  expect(cloud.received.length).toBe(before);
}, 60_000);

const randomRuns = isQuick ? 300 : 3_000;

test("random ids through the tools and the transport get nothing deleted that was not named", async () => {
  const { gateway } = dliGateway(transports);
  const call = { gateway, context: contextWith({ strength: "accepted" }), clock: manualClock() };
  const fields = dliTools.flatMap((tool) => idFields(tool).map((field) => ({ tool, field })));
  const before = cloud.received.length;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...fields), randomId, async ({ tool, field }, value) => {
      const run = async () => tool.run({ ...inputOf(tool), [field]: value }, call);
      await run().catch(() => undefined);
    }),
    { numRuns: randomRuns },
  );
  const throughTools = acted(cloud.received.slice(before));

  const places = [
    { operation: "CancelSparkJob", path: (id: string) => `/v2.0/${project}/batches/${id}` },
    { operation: "DeleteFlinkJob", path: (id: string) => `/v1.0/${project}/streaming/jobs/${id}` },
    { operation: "DeleteQueueProperty", path: (id: string) => `/v3/${project}/queues/${id}/properties` },
    { operation: "DeleteTable", path: (id: string) => `/v1.0/${project}/databases/db1/tables/${id}` },
  ];
  const after = cloud.received.length;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), randomId, fc.boolean(), async ({ operation, path }, value, encode) => {
      const segment = encode ? encodeURIComponent(value.toWellFormed()) : value;
      await send({ operation, method: "DELETE", path: path(segment) });
    }),
    { numRuns: randomRuns },
  );
  const deleted = cloud.received.slice(after).map((each) => ({ ...each, meant: deletionMeant(each) }));
  const throughTransport = deleted.filter(({ meant }) => meant !== undefined && meant !== "DeleteTable");
  score("DLI: random ids, tools and transport", {
    tries: 2 * randomRuns,
    through: throughTools.length + throughTransport.length,
  });
  expect(throughTools).toEqual([]);
  expect(throughTransport).toEqual([]);
}, 120_000);

test("no service gets another's request, and a redirect is reported and not followed", async () => {
  const other = await listenAsCloud();
  const redirecting = await listenAsCloud(() => ({
    status: 307,
    body: {},
    headers: { location: `http://${other.host}/v1.0/${project}/queues` },
  }));
  const [there, elsewhere] = [redirecting.host, other.host].map((host) => ({ host, protocol: "http" }) as const);
  if (!there || !elsewhere) throw new Error("two hosts were opened");
  const oneTransport = (hosts: Parameters<typeof createDliTransport>[0]["hosts"]) =>
    createDliTransport({ hosts, credentials: key, projectId: project });
  const list = { operation: "ListQueues", method: "GET", path: `/v1.0/${project}/queues`, query: {} } as const;
  const projects = { operation: "KeystoneListProjects", method: "GET", path: "/v3/projects", query: {} } as const;
  const tries: Array<{ transport: CloudTransport; request: WireRequest; expected: object }> = [
    ...[list, projects, { ...list, operation: "ShowQuota", path: `/v3/${project}/quotas` }].map((request) => ({
      transport: oneTransport({ dli: there, iam: there, ces: there, cts: there }),
      request,
      expected: { kind: "rejected", status: 307, code: "Redirect" },
    })),
    {
      transport: createObsTransport(async () => ({
        endpoint: `http://${redirecting.host}`,
        regionId: "cn-north-4",
        credentials: key,
      })),
      request: { operation: "ObsListBuckets", method: "GET", path: "/", query: {} },
      expected: { kind: "rejected", status: 307 },
    },
    // The path of one service under the name of another's operation.
    ...[
      { ...list, operation: "KeystoneListProjects" },
      { ...projects, operation: "ListQueues" },
    ].map((request) => ({
      transport: oneTransport({ dli: elsewhere, iam: elsewhere, ces: elsewhere, cts: elsewhere }),
      request,
      expected: { kind: "not-sent", reason: "guard" },
    })),
  ];
  const answers = await Promise.all(
    tries.map(({ transport, request }) => transport.send(request, { deadlineMs: 5_000, signal })),
  );
  score("DLI: redirects and other hosts", { tries: tries.length, through: other.received.length });
  expect(answers).toMatchObject(tries.map(({ expected }) => expected));
  expect(other.received).toEqual([]);
  await Promise.all([other.close(), redirecting.close()]);
});

const bucket = "acme-dli";
const pathOf = (uri: string) => `/${encodeURIComponent(uri)}`;
const subResources = ["acl", "delete", "uploads", "policy", "lifecycle", "versions", "versionId", "append", "cors"];
const oddKeys = [
  ...hostile,
  ...subResources.map((name) => `x?${name}`),
  "../other/x",
  "a/../../other/x",
  "/x",
  "x/",
  "x//y",
  "x&acl",
  "x%3Facl",
  "x HTTP/1.1",
];
const oddBuckets = [
  "",
  "..",
  "Other",
  "other.example",
  "a@other",
  "acme-dli:80",
  "acme-dli?acl",
  "acme-dli#",
  "a%2fb",
  "ab",
];

test("the judge of storage would notice another bucket, key, method or sub-resource", async () => {
  const asked: Asked = { operation: "ObsGetObject", bucket, key: "a.py" };
  const wrong = [
    { method: "GET", url: `/${bucket}/a.py?acl` },
    { method: "GET", url: "/other/a.py" },
    { method: "GET", url: `/${bucket}/../other/a.py` },
    { method: "GET", url: `/${bucket}/b.py` },
    { method: "DELETE", url: `/${bucket}/a.py` },
    { method: "POST", url: `/${bucket}/?delete` },
    { method: "GET", url: "/" },
  ];
  const noticed = wrong.filter((each) => !isWhatWasAsked(each, asked)).length;
  const { arrived } = await send({ operation: "ObsGetObject", method: "GET", path: pathOf(`obs://${bucket}/a.py`) });
  const held = arrived.filter((each) => isWhatWasAsked(each, asked)).length;
  score(storage, { tries: 0, through: 0, control: { of: wrong.length + 1, held: noticed + held } });
  expect(noticed).toBe(wrong.length);
  expect(arrived).toHaveLength(1);
  expect(held).toBe(1);
});

test("what reaches storage is the object that was named, read or written as was asked, without a sub-resource", async () => {
  const objects = ["ObsHeadObject", "ObsGetObject", "ObsPutObject"];
  const body = {
    content: "print(1)",
    bytes: 8,
    sha256: "d287bb7f9d15abdc5b6e98536263815744b6ef21c8f3c839fc434ca70d8efe99",
    overwrite: true,
  };
  const tries: Array<{ asked: Asked; method: string; path: string; query?: Record<string, string> }> = [];
  for (const operation of [...objects, "ObsListObjects", "ObsListBuckets"]) {
    const usual = operation === "ObsPutObject" ? "PUT" : "GET";
    for (const odd of oddKeys) {
      const asked = { operation, bucket, key: odd };
      tries.push({ asked, method: usual, path: pathOf(`obs://${bucket}/${odd}`) });
      tries.push({ asked: { operation, bucket }, method: usual, path: `/${bucket}/${odd}` });
      tries.push({ asked, method: usual, path: `${pathOf(`obs://${bucket}/x`)}/${odd}` });
    }
    for (const odd of oddBuckets) {
      tries.push({ asked: { operation, bucket: odd, key: "x" }, method: usual, path: pathOf(`obs://${odd}/x`) });
      if (odd !== "") tries.push({ asked: { operation, bucket: odd }, method: usual, path: pathOf(odd) });
    }
    for (const method of ["DELETE", "POST", "PUT", "HEAD", "PATCH", "OPTIONS", "delete"]) {
      if (method === usual) continue;
      for (const path of ["/", pathOf(bucket), pathOf(`obs://${bucket}/x`)])
        tries.push({ asked: { operation, bucket, key: "x" }, method, path });
    }
    for (const name of subResources) {
      const isListing = operation === "ObsListObjects";
      const path = operation === "ObsListBuckets" ? "/" : pathOf(isListing ? bucket : `obs://${bucket}/x`);
      const asked = {
        operation,
        ...(operation !== "ObsListBuckets" && { bucket }),
        ...(!isListing && operation !== "ObsListBuckets" && { key: "x" }),
      };
      tries.push({ asked, method: usual, path, query: { [name]: "" } });
      tries.push({ asked, method: usual, path: `${path}?${name}` });
      tries.push({
        asked: { ...asked, query: { prefix: `a&${name}` } },
        method: usual,
        path,
        query: { prefix: `a&${name}` },
      });
    }
  }
  const through: unknown[] = [];
  let arrivals = 0;
  for (const { asked, method, path, query = {} } of tries) {
    const { arrived } = await send({
      operation: asked.operation,
      method,
      path,
      query,
      ...(asked.operation === "ObsPutObject" && { body }),
    });
    arrivals += arrived.length;
    through.push(...arrived.filter((each) => !isWhatWasAsked(each, asked)).map((each) => ({ ...each, asked, path })));
  }
  score(storage, { tries: tries.length, through: through.length });
  expect(through).toEqual([]);
  // Names that are only odd are names, and are asked for as such.
  expect(arrivals).toBeGreaterThan(20);
}, 60_000);
