import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  exportJWK,
  exportSPKI,
  type GenerateKeyPairResult,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
  type SignOptions,
  UnsecuredJWT,
} from "jose";
import { afterEach, beforeAll, expect, test } from "vitest";
import { openDoor, person } from "./team.support.ts";

/** JWTs of an issuer whose keys are served on this machine. */

const issuer = "https://issuer.example";
const audience = "spark-workspace";

const cleanUps: Array<() => unknown> = [];
afterEach(async () => {
  for (const step of cleanUps.splice(0)) await step();
});

interface Key extends GenerateKeyPairResult {
  kid: string;
  alg: string;
}

async function newKey(kid: string, alg = "ES256"): Promise<Key> {
  return { kid, alg, ...(await generateKeyPair(alg, { extractable: true })) };
}

async function setOf(...keys: Key[]) {
  return {
    keys: await Promise.all(
      keys.map(async ({ kid, alg, publicKey }) => ({ kid, alg, ...(await exportJWK(publicKey)) })),
    ),
  };
}

let key: Key;
let other: Key;
beforeAll(async () => {
  [key, other] = await Promise.all([newKey("k1"), newKey("k2")]);
});

async function serveKeys(...first: Key[]) {
  const served = { set: await setOf(...first), status: 200, fetched: 0 };
  const server = createServer((_, response) => {
    served.fetched += 1;
    response.writeHead(served.status, { "content-type": "application/json" }).end(JSON.stringify(served.set));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanUps.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => server.closeAllConnections(),
  );
  return { served, jwks: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks` };
}

const mapping = { "spark-ops": ["operator"], "spark-read": ["reader"], leads: ["reader", "approver"] };

function settings(jwks: string, change: Record<string, unknown> = {}) {
  return { jwt: { issuer, audience, jwks, rolesClaim: "groups", roles: mapping, ...change }, fourEyes: true };
}

function sign(
  signer: Key,
  payload: { [Name in keyof JWTPayload]?: JWTPayload[Name] | undefined } = {},
  header: Partial<JWTHeaderParameters> = {},
  options?: SignOptions,
) {
  const now = Math.floor(Date.now() / 1_000);
  const claims: Record<string, unknown> = {
    iss: issuer,
    aud: audience,
    sub: "zoe",
    groups: ["spark-ops"],
    exp: now + 300,
    ...payload,
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: signer.alg, kid: signer.kid, ...header })
    .sign(signer.privateKey, options);
}

async function doorWithKeys(change: Record<string, unknown> = {}) {
  const { served, jwks } = await serveKeys(key);
  return { ...openDoor(settings(jwks, change), { jwksCooldownMs: 0 }), served };
}

const zoe = { kind: "admitted", name: "zoe", roles: ["operator"] };

test("a JWT of the issuer gets in with the roles its claim is mapped to", async () => {
  const { identify, served } = await doorWithKeys();
  expect(await identify(await sign(key))).toEqual(zoe);
  expect(await identify(await sign(key, { groups: ["leads", "elsewhere"] }))).toMatchObject({
    roles: ["reader", "approver"],
  });
  expect(served.fetched).toBe(1);
});

const seconds = () => Math.floor(Date.now() / 1_000);

test.each<[string, () => Promise<string>]>([
  ["of another issuer", () => sign(key, { iss: "https://other.example" })],
  ["for another audience", () => sign(key, { aud: "something-else" })],
  ["without an audience", () => sign(key, { aud: undefined })],
  ["that has expired", () => sign(key, { exp: seconds() - 60 })],
  ["without an end", () => sign(key, { exp: undefined })],
  ["that does not count yet", () => sign(key, { nbf: seconds() + 120 })],
  ["signed with another key under the known name", () => sign({ ...other, kid: "k1" })],
  ["signed with a key nobody knows", () => sign(other)],
  ["without a role here", () => sign(key, { groups: ["marketing"] })],
  ["whose role is the name of something every object has", () => sign(key, { groups: ["constructor", "__proto__"] })],
  ["without a name", () => sign(key, { sub: undefined })],
  ["whose name would end a line", () => sign(key, { sub: "zoe\nann" })],
  ["whose name is that of the shared token", () => sign(key, { sub: "Bearer" })],
  ["with a part that must be understood and is not", () => sign(key, {}, { crit: ["x"], x: 1 }, { crit: { x: true } })],
])("a JWT %s is nobody's", async (_, token) => {
  const { identify } = await doorWithKeys();
  expect(await identify(await token())).toEqual({ kind: "unknown" });
  expect(await identify(await sign(key))).toEqual(zoe);
});

test("alg none is nobody's, with an empty signature and with a made-up one", async () => {
  const { identify } = await doorWithKeys();
  const bare = new UnsecuredJWT({ sub: "zoe", groups: ["spark-ops"] })
    .setIssuer(issuer)
    .setAudience(audience)
    .setExpirationTime("5m")
    .encode();
  expect(await identify(bare)).toEqual({ kind: "unknown" });
  expect(await identify(`${bare}AAAA`)).toEqual({ kind: "unknown" });
});

test("HS256 with the public key as the secret is nobody's", async () => {
  const rsa = await newKey("k1", "RS256");
  const { jwks } = await serveKeys(rsa);
  const { identify } = openDoor(settings(jwks));
  expect(await identify(await sign(rsa))).toEqual(zoe);
  for (const secret of [await exportSPKI(rsa.publicKey), JSON.stringify(await exportJWK(rsa.publicKey))]) {
    const forged = await new SignJWT({ sub: "zoe", groups: ["spark-ops"] })
      .setProtectedHeader({ alg: "HS256", kid: "k1" })
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime("5m")
      .sign(new TextEncoder().encode(secret));
    expect(await identify(forged)).toEqual({ kind: "unknown" });
  }
});

test("a key that was rotated in counts with the first JWT that names it, and one rotated out no more", async () => {
  const { identify, served } = await doorWithKeys();
  expect(await identify(await sign(key))).toEqual(zoe);
  served.set = await setOf(other);
  expect(await identify(await sign(other))).toEqual(zoe);
  expect(await identify(await sign(key))).toEqual({ kind: "unknown" });
});

test("JWTs with made-up keys do not make the keys be fetched again and again", async () => {
  const { served, jwks } = await serveKeys(key);
  const { identify } = openDoor(settings(jwks));
  for (let round = 0; round < 5; round += 1) await identify(await sign(other, {}, { kid: `made-up-${round}` }));
  expect(served.fetched).toBe(1);
});

test.each([404, 500])("keys answered with %i let nobody in, and say so apart from a bad token", async (status) => {
  const { served, jwks } = await serveKeys(key);
  const { identify, notes } = openDoor(settings(jwks), { jwksCooldownMs: 0 });
  served.status = status;
  const token = await sign(key);
  expect(await identify(token)).toEqual({ kind: "unavailable" });
  expect(notes.join()).not.toContain(token);
  served.status = 200;
  expect(await identify(token)).toEqual(zoe);
});

test("keys in a file beside team.yaml count as the file is at that moment", async () => {
  const { identify, folder } = openDoor(settings("keys.json"));
  expect(await identify(await sign(key))).toEqual({ kind: "unavailable" });
  writeFileSync(join(folder, "keys.json"), JSON.stringify(await setOf(key)));
  expect(await identify(await sign(key))).toEqual(zoe);
  writeFileSync(join(folder, "keys.json"), JSON.stringify(await setOf(other)));
  expect(await identify(await sign(key))).toEqual({ kind: "unknown" });
});

test("name and roles may stand in other claims, within others, and as words with spaces", async () => {
  const { identify } = await doorWithKeys({ nameClaim: "email", rolesClaim: "realm.access.roles" });
  const claims = { email: "zoe@example.com", realm: { access: { roles: "spark-read leads" } } };
  expect(await identify(await sign(key, claims))).toEqual({
    kind: "admitted",
    name: "zoe@example.com",
    roles: ["reader", "approver"],
  });
});

test("an issuer cannot call somebody by the name of a person who has a token of their own", async () => {
  const { jwks } = await serveKeys(key);
  const { approvalKey, name, roles } = person("Zoe", "operator", "approver");
  const own = openDoor({ ...settings(jwks), people: [person("Zoe", "operator")] });
  expect(await own.identify(await sign(key))).toEqual({ kind: "unknown" });
  const keyOnly = openDoor({ ...settings(jwks), people: [{ name, roles, approvalKey }] });
  expect(await keyOnly.identify(await sign(key))).toEqual(zoe);
});

test("what is noted of a JWT that is turned away holds neither it nor its claims", async () => {
  const { identify, notes } = await doorWithKeys();
  const token = await sign(key, { iss: "https://other.example", sub: "somebody-secret" });
  await identify(token);
  expect(notes).toHaveLength(1);
  expect(notes.join()).not.toContain(token.split(".")[1]);
  expect(notes.join()).not.toContain("somebody-secret");
});
