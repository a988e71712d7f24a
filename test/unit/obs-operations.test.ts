import { describe, expect, test } from "vitest";
import { review } from "../../src/gateway/reviews/index.ts";
import { obsRows } from "../../src/operations/obs/rows.ts";
import { ossRows } from "../../src/operations/oss/rows.ts";
import { findOperation } from "../../src/operations/registry.ts";
import { problemsOfInput } from "../../src/operations/validate.ts";
import { answered, contextWith, gatewayOver, runApproved, type Script } from "../doubles/gateway-parts.ts";
import { dliPolicy, ruleOf, shippedPolicy } from "./policy-fixture.ts";

const uri = "obs://acme-dli/jobs/clean.py";
const sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const upload = { uri, sha256, bytes: 9, content: "print(1)\n", overwrite: false };
const policy = dliPolicy();

function gatewayWith(script: Script) {
  return gatewayOver(script, {
    policy: () => ({ ok: true, policy }),
    profile: {
      name: "test",
      cloud: "dli",
      environment: "cloud",
      regionId: "cn-north-4",
      endpoint: "dli.test",
      mode: "full",
      identity: "tester",
    },
  });
}

describe("the rows", () => {
  test("take of an object what those of the other storage take", () => {
    for (const name of ["HeadObject", "PutObject", "ListBuckets"]) {
      const parametersOf = (row: string) =>
        findOperation(row)?.parameters.map(({ name: of, type, required, in: place }) => ({
          of,
          type,
          required,
          place,
        }));
      expect(parametersOf(`Obs${name}`)).toEqual(parametersOf(name));
    }
    expect(obsRows.map(({ name }) => name).filter((name) => ossRows.some((row) => row.name === name))).toEqual([]);
  });

  test("delete nothing", () => {
    expect([...new Set(obsRows.map(({ method }) => method))]).toEqual(["GET", "PUT"]);
    expect(obsRows.filter(({ readOnly }) => !readOnly).map(({ name }) => name)).toEqual(["ObsPutObject"]);
  });

  test("admit only addresses inside a bucket", () => {
    const get = findOperation("ObsGetObject") ?? obsRows[0];
    for (const bad of ["oss://acme-dli/a", "obs://acme-dli/../a", "obs://acme-dli", `${uri}\n`]) {
      expect(get && problemsOfInput(get, { uri: bad }).map(({ field }) => field)).toEqual(["uri"]);
    }
  });
});

describe("the rules", () => {
  test("are of the classes that the other storage's have", () => {
    for (const name of ["HeadObject", "PutObject", "ListBuckets"]) {
      expect(ruleOf(policy, `Obs${name}`).risk).toBe(ruleOf(shippedPolicy(), name).risk);
    }
    expect(ruleOf(policy, "ObsListObjects").risk).toBe("read");
    expect(ruleOf(policy, "ObsGetObject").risk).toBe("read");
  });
});

describe("an upload", () => {
  const absent = answered({ exists: false });
  const written = answered({ uri, bytes: 9, etag: '"e"' });

  test("is asked about, with where to, how much and what lies there", async () => {
    const present = answered({ exists: true, bytes: 7, etag: '"old"', lastModified: "2026-01-02T03:04:05.000Z" });
    const { gateway, cloud } = gatewayWith({ ObsHeadObject: present });
    const outcome = await gateway.run("ObsPutObject", upload, contextWith({ strength: "accepted" }));
    if (outcome.kind !== "ask") throw new Error(JSON.stringify(outcome));
    expect(outcome.plan.question).toContain(`Copies 9 bytes of this computer to "${uri}"`);
    expect(outcome.plan.question).toContain(sha256);
    expect(outcome.plan.facts).toMatchObject({
      bound: { exists: true, existingBytes: 7, existingEtag: '"old"' },
      context: { existingSince: "2026-01-02T03:04:05.000Z" },
    });
    expect(cloud.count("ObsPutObject")).toBe(0);
  });

  test("that was approved is sent once, as it was shown", async () => {
    const { gateway, cloud } = gatewayWith({ ObsHeadObject: absent, ObsPutObject: written });
    expect(await runApproved(gateway, "ObsPutObject", upload)).toMatchObject({
      kind: "done",
      value: { uri, bytes: 9 },
    });
    expect(cloud.sent.filter(({ operation }) => operation === "ObsPutObject")).toMatchObject([
      { method: "PUT", path: `/${encodeURIComponent(uri)}`, body: { sha256, bytes: 9, content: "print(1)\n" } },
    ]);
  });

  test("is not sent when something came to lie there meanwhile", async () => {
    let looks = 0;
    const { gateway, cloud } = gatewayWith({
      ObsHeadObject: () => (looks++ === 0 ? absent : answered({ exists: true, bytes: 1, etag: '"new"' })),
      ObsPutObject: written,
    });
    expect(await runApproved(gateway, "ObsPutObject", upload)).toMatchObject({
      kind: "refused",
      code: "STATE_CHANGED",
    });
    expect(cloud.count("ObsPutObject")).toBe(0);
  });

  test("into a bucket that nobody can read is refused before anybody is asked", async () => {
    const { gateway, cloud } = gatewayWith({
      ObsHeadObject: { kind: "rejected", status: 404, code: "NoSuchBucket", message: "no" },
    });
    const outcome = await gateway.run("ObsPutObject", upload, contextWith({ strength: "accepted" }));
    expect(outcome).toMatchObject({ kind: "refused", code: "CLOUD_REJECTED", cloud: { code: "NoSuchBucket" } });
    expect(cloud.count("ObsPutObject")).toBe(0);
  });

  test("shows the person what an upload to the other storage shows, and is bounded alike", () => {
    const { limits } = policy;
    const seen = (operation: string, bytes: number) =>
      review(operation, {
        input: { ...upload, bytes },
        facts: { bound: {}, context: {} },
        limits,
        language: "en",
      });
    expect(seen("ObsPutObject", 9)).toEqual(seen("PutObject", 9));
    expect(seen("ObsPutObject", limits.upload.maxBytes + 1)).toHaveProperty("overLimit");
  });
});

test("reading and listing ask nobody", async () => {
  const { gateway } = gatewayWith({
    ObsGetObject: answered({ uri, text: "x", bytes: 1, truncated: false }),
    ObsListObjects: answered({ objects: [], commonPrefixes: [], truncated: false }),
    ObsListBuckets: answered({ buckets: [], truncated: false }),
  });
  const nobody = contextWith({ strength: "none" });
  expect(await gateway.run("ObsGetObject", { uri }, nobody)).toMatchObject({ kind: "done", value: { text: "x" } });
  expect(await gateway.run("ObsListObjects", { bucket: "acme-dli", "max-keys": 5 }, nobody)).toMatchObject({
    kind: "done",
  });
  expect(await gateway.run("ObsListBuckets", {}, nobody)).toMatchObject({ kind: "done" });
});
