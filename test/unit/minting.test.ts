import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CloudAnswer } from "../../src/clouds/transport.ts";
import { createSecretMint, newestSecret } from "../../src/ledger/secret-files.ts";
import { madeHere } from "../../src/operations/validate.ts";
import { createKyuubiToken } from "../../tools/emr/kyuubi-tokens.ts";
import { answered, contextWith, gatewayOver } from "../doubles/gateway-parts.ts";

const request = { workspaceId: "w-1", kyuubiServiceId: "kb-1", name: "bi", token: madeHere };
const service = answered({ data: { kyuubiServiceId: "kb-1", name: "gateway", publicEndpointEnabled: false } });

/** A gateway whose person always says yes, over a cloud that answers a token's creation as told. */
function benchWith(answer: CloudAnswer, folder = join(mkdtempSync(join(tmpdir(), "minting-")), "secrets")) {
  const bench = gatewayOver(
    { GetKyuubiService: service, CreateKyuubiToken: answer, ListKyuubiToken: answered({ data: { tokens: [] } }) },
    { mintSecret: createSecretMint(folder) },
  );
  const create = async (input: typeof request = request) => {
    const first = await bench.gateway.run("CreateKyuubiToken", input, contextWith({ strength: "out-of-band" }));
    if (first.kind !== "ask") return first;
    const answered = { planId: first.plan.planId, decision: "accepted" } as const;
    return bench.gateway.run("CreateKyuubiToken", input, contextWith({ strength: "out-of-band", answer: answered }));
  };
  const sentTokens = () =>
    bench.cloud.sent.flatMap(({ operation, body }) => (operation === "CreateKyuubiToken" ? [body?.token] : []));
  return { ...bench, create, sentTokens, files: () => (existsSync(folder) ? readdirSync(folder) : []), folder };
}

test("what is sent is 32 lower-case letters and digits, and lies in a file that only the user can read", async () => {
  const { create, sentTokens } = benchWith(answered({ data: { tokenId: "tk-1" } }));
  const outcome = await create();
  if (outcome.kind !== "done" || !outcome.secret) throw new Error(`it is ${outcome.kind}`);
  const [token] = sentTokens();
  expect(token).toMatch(/^[a-z0-9]{32}$/);
  expect(readFileSync(outcome.secret.file, "utf8")).toBe(`${String(token)}\n`);
  expect(statSync(outcome.secret.file).mode & 0o777).toBe(0o600);
  expect(statSync(join(outcome.secret.file, "..")).mode & 0o777).toBe(0o700);
  expect(outcome.secret.masked).toBe(`****${String(token).slice(-4)}`);
  expect(JSON.stringify(outcome)).not.toContain(token);
});

test("two tokens of one name are two values in two files", async () => {
  const { create, sentTokens, files } = benchWith(answered({ data: { tokenId: "tk-1" } }));
  await create();
  await create();
  expect(new Set(sentTokens()).size).toBe(2);
  expect(files()).toHaveLength(2);
});

test("a token of the caller's own is refused before anything is read or sent", async () => {
  const { create, cloud } = benchWith(answered({}));
  const outcome = await create({ ...request, token: "rjy7ejhej9gkzjjuun49jnx2xk8if2cu" });
  expect(outcome).toMatchObject({ kind: "refused", code: "BAD_INPUT", fields: [{ field: "token" }] });
  expect(JSON.stringify(outcome)).not.toContain("rjy7ejhej9gkzjjuun49jnx2xk8if2cu");
  expect(cloud.sent).toEqual([]);
});

test("a token that the service refuses leaves no file", async () => {
  const { create, files, sentTokens } = benchWith({
    kind: "rejected",
    status: 400,
    code: "QuotaExceeded",
    message: "",
  });
  expect(await create()).toMatchObject({ kind: "refused", code: "CLOUD_REJECTED" });
  expect(sentTokens()).toHaveLength(1);
  expect(files()).toEqual([]);
});

test("a token whose creation got no answer stays in its file, and the answer names it", async () => {
  const { create, files, folder, sentTokens } = benchWith({ kind: "lost", message: "no answer" });
  const outcome = await create();
  expect(files()).toHaveLength(1);
  expect(outcome).toMatchObject({ kind: "unknown", what: expect.stringContaining(join(folder, files()[0] ?? "")) });
  expect(JSON.stringify(outcome)).not.toContain(sentTokens()[0]);
});

test("an answer that repeats the token anywhere is masked", async () => {
  const bench = benchWith(answered({}));
  const echo = bench.cloud.send;
  bench.cloud.send = async (sent, options) =>
    sent.operation === "CreateKyuubiToken"
      ? answered({ data: { tokenId: "tk-1", hint: `use ${String(sent.body?.token)}` } })
      : echo(sent, options);
  const outcome = await bench.create();
  expect(outcome).toMatchObject({ kind: "done", value: { data: { hint: expect.stringMatching(/^use \*{4}\w{4}$/) } } });
});

test("where the secret cannot be stored nothing is sent", async () => {
  const folder = mkdtempSync(join(tmpdir(), "minting-"));
  const { create, sentTokens } = benchWith(answered({}), join(folder, "file", "secrets"));
  // A file where the folder should be: root may write anywhere else.
  await import("node:fs").then(({ writeFileSync }) => writeFileSync(join(folder, "file"), ""));
  expect(await create()).toMatchObject({ kind: "refused", code: "SECRET_NOT_STORED" });
  expect(sentTokens()).toEqual([]);
});

test("a folder that others could enter is closed to them", () => {
  const folder = mkdtempSync(join(tmpdir(), "minting-"));
  chmodSync(folder, 0o755);
  createSecretMint(folder)({ operation: "CreateKyuubiToken", owner: "../kb-1" });
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/^___kb-1\.CreateKyuubiToken\.[0-9a-f]{8}$/)]);
});

test("the tool says where the token is and shows four characters of it", async () => {
  const { gateway, clock } = benchWith(answered({ data: { tokenId: "tk-1" } }));
  const input = { workspaceId: "w-1", kyuubiServiceId: "kb-1", name: "bi", expireDays: 30 };
  const first = await createKyuubiToken.run(input, {
    gateway,
    clock,
    context: contextWith({ strength: "out-of-band" }),
  });
  if (first.kind !== "ask") throw new Error(`it is ${first.kind}`);
  expect(first.plan.question).not.toMatch(/[a-z0-9]{32}/);
  const answer = { planId: first.plan.planId, decision: "accepted" } as const;
  const context = contextWith({ strength: "out-of-band", answer });
  const result = await createKyuubiToken.run(input, { gateway, clock, context });
  expect(result).toMatchObject({
    kind: "reply",
    data: {
      tokenId: "tk-1",
      tokenFile: expect.stringContaining("kb-1.CreateKyuubiToken."),
      token: expect.stringMatching(/^\*{4}/),
    },
  });
});

test("the newest token of a service is found again, and no other's", async () => {
  const { create, sentTokens, folder } = benchWith(answered({ data: { tokenId: "tk-1" } }));
  await create();
  await create();
  expect(newestSecret(folder, "kb-1")).toBe(sentTokens()[1]);
  expect(newestSecret(folder, "kb-10")).toBeUndefined();
  expect(newestSecret(folder, "kb")).toBeUndefined();
  expect(newestSecret(join(folder, "nowhere"), "kb-1")).toBeUndefined();
});
