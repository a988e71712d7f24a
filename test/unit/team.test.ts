import { chmodSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mayCall } from "../../src/policy/roles.ts";
import { riskClasses } from "../../src/policy/types.ts";
import { openTeamFile, parseTeam } from "../../src/team/file.ts";
import { digestOf, newApprovalKey, newToken } from "../../src/team/secrets.ts";
import { everybody, keyOf, openDoor, person, teamText, tokenOf } from "./team.support.ts";

test("readers and approvers read, and operators do the rest as well", () => {
  const reads = riskClasses.filter((risk) => risk.startsWith("read"));
  expect(riskClasses.filter((risk) => mayCall(["reader"], risk))).toEqual(reads);
  expect(riskClasses.filter((risk) => mayCall(["approver"], risk))).toEqual(reads);
  expect(riskClasses.filter((risk) => mayCall(["operator"], risk))).toEqual(riskClasses);
  expect(riskClasses.filter((risk) => mayCall([], risk))).toEqual([]);
});

test("whoever brings a token gets in under their name, with their roles", async () => {
  const { identify } = openDoor();
  expect(await identify(tokenOf("otto"))).toEqual({ kind: "admitted", name: "otto", roles: ["operator"] });
  expect(await identify(tokenOf("rita"))).toEqual({ kind: "admitted", name: "rita", roles: ["reader"] });
});

test.each(["", "swt_nobody", "swt_ott", "swt_ottoo", digestOf(tokenOf("otto")), keyOf("ann"), "a.b.c"])(
  "%s is nobody's token",
  async (token) => {
    expect(await openDoor().identify(token)).toEqual({ kind: "unknown" });
  },
);

test("a person who is removed is out with the next request, and one who is added is in", async () => {
  const { identify, rewrite } = openDoor();
  expect((await identify(tokenOf("otto"))).kind).toBe("admitted");
  rewrite({ people: [person("rita", "reader"), person("nina", "operator")] });
  expect(await identify(tokenOf("otto"))).toEqual({ kind: "unknown" });
  expect((await identify(tokenOf("nina"))).kind).toBe("admitted");
});

test("a change that sets size and time back is seen all the same", async () => {
  const { identify, rewrite, path } = openDoor({ people: [person("otto", "operator")] });
  utimesSync(path, 1_000, 1_000);
  expect((await identify(tokenOf("otto"))).kind).toBe("admitted");
  rewrite({ people: [person("emma", "operator")] });
  utimesSync(path, 1_000, 1_000);
  expect(await identify(tokenOf("otto"))).toEqual({ kind: "unknown" });
});

test.each<[string, (path: string) => void]>([
  ["is gone", (path) => rmSync(path)],
  ["is cut off in the middle", (path) => writeFileSync(path, teamText().slice(0, 200))],
  ["is no YAML", (path) => writeFileSync(path, "people: [")],
  ["has a misspelt key", (path) => writeFileSync(path, teamText({ foureyes: true }))],
  ["can be written by everybody", (path) => chmodSync(path, 0o646)],
])("a file that %s lets nobody in, and nobody is an approver", async (_, damage) => {
  const { identify, path, approvers, fourEyes, notes } = openDoor({ fourEyes: false });
  expect((await identify(tokenOf("otto"))).kind).toBe("admitted");
  expect(fourEyes()).toBe(false);
  damage(path);
  expect(await identify(tokenOf("otto"))).toEqual({ kind: "unavailable" });
  expect(approvers.find("bob", keyOf("bob"))).toBeUndefined();
  expect(fourEyes()).toBe(true);
  expect(notes.join()).toContain("team.yaml admits nobody");
});

test("a file that is mended lets people in again", async () => {
  const { identify, path, rewrite } = openDoor();
  writeFileSync(path, "nonsense");
  expect((await identify(tokenOf("otto"))).kind).toBe("unavailable");
  rewrite({});
  expect((await identify(tokenOf("otto"))).kind).toBe("admitted");
});

test.each<[string, Record<string, unknown>, RegExp]>([
  ["an unknown key", { people: [{ ...person("ann", "reader"), role: "operator" }] }, /people\.0: .*role/i],
  ["an unknown role", { people: [person("ann", "admin")] }, /people\.0\.roles\.0/],
  ["no role", { people: [person("ann")] }, /people\.0\.roles/],
  ["no word about four eyes", { fourEyes: undefined }, /fourEyes/],
  ["a token in clear", { people: [{ name: "ann", roles: ["reader"], token: "swt_secret" }] }, /people\.0\.token/],
  ["two people of one name", { people: [person("ann", "reader"), person("Ann", "operator")] }, /people\.1\.name/],
  [
    "two people with one token",
    { people: [person("ann", "reader"), { ...person("bob", "reader"), token: digestOf(tokenOf("ann")) }] },
    /people\.1\.token/,
  ],
  [
    "a token that is somebody's approval key",
    { people: [person("ann", "approver"), { ...person("bob", "reader"), token: digestOf(keyOf("ann")) }] },
    /people\.1\.token/,
  ],
  [
    "a token that is the same person's approval key",
    { people: [{ ...person("ann", "approver"), approvalKey: digestOf(tokenOf("ann")) }] },
    /must differ/,
  ],
  [
    "an approval key of somebody who approves nothing",
    { people: [{ ...person("ann", "operator"), approvalKey: digestOf(keyOf("ann")) }] },
    /only an approver/,
  ],
  ["the shared token's name", { people: [person("bearer", "reader")] }, /shared token/],
  ["a name of two words", { people: [person("ann b", "reader")] }, /people\.0\.name/],
  ["a name that ends a line", { people: [person("ann\n", "reader")] }, /people\.0\.name/],
  ["a public address without TLS", { publicUrl: "http://spark.example" }, /publicUrl/],
  ["a public address with a path", { publicUrl: "https://spark.example/x" }, /publicUrl/],
  ["keys fetched without TLS", { jwt: jwtWith("http://issuer.example/jwks") }, /jwt\.jwks/],
  ["keys from a place that is no address", { jwt: jwtWith("file:///etc/keys") }, /jwt\.jwks/],
])("%s is refused by name", (_, change, problem) => {
  const state = parseTeam("team.yaml", teamText(change));
  expect(state.ok).toBe(false);
  if (!state.ok) expect(state.problems.join("\n")).toMatch(problem);
});

function jwtWith(jwks: string) {
  return { issuer: "i", audience: "a", jwks, rolesClaim: "groups", roles: { x: ["reader"] } };
}

test("the team of the tests is in order", () => {
  expect(parseTeam("team.yaml", teamText())).toMatchObject({ ok: true, team: { people: everybody, fourEyes: true } });
});

test("the same file is parsed once", () => {
  const { path, rewrite } = openDoor();
  const file = openTeamFile(path);
  const first = file.read();
  expect(file.read()).toBe(first);
  rewrite({ fourEyes: false });
  expect(file.read()).not.toBe(first);
});

test("the shared token is an operator's without four eyes, and nobody's with them", async () => {
  const sharedToken = "shared-by-all-who-call-0123456789abc";
  const { identify, rewrite } = openDoor({ fourEyes: false }, { sharedToken });
  expect(await identify(sharedToken)).toEqual({ kind: "admitted", name: "bearer", roles: ["operator"] });
  rewrite({ fourEyes: true });
  expect(await identify(sharedToken)).toEqual({ kind: "unknown" });
});

test("an approver is known by name and approval key together, and never by a client's token", () => {
  const { approvers } = openDoor();
  expect(approvers.find("bob", keyOf("bob"))?.name).toBe("bob");
  expect(approvers.find("BOB", keyOf("bob"))?.name).toBe("bob");
  expect(approvers.find("bob", tokenOf("bob"))).toBeUndefined();
  expect(approvers.find("ann", keyOf("bob"))).toBeUndefined();
  expect(approvers.find("otto", tokenOf("otto"))).toBeUndefined();
  expect(approvers.find("bob", digestOf(keyOf("bob")))).toBeUndefined();
});

test("an approver who lost the role, or has a new key, is no longer the one who signed in", () => {
  const { approvers, rewrite } = openDoor();
  const bob = approvers.find("bob", keyOf("bob"));
  if (!bob) throw new Error("bob is an approver");
  expect(approvers.isStill(bob)).toBe(true);
  rewrite({ people: [person("bob", "reader")] });
  expect(approvers.isStill(bob)).toBe(false);
  rewrite({ people: [{ ...person("bob", "approver"), approvalKey: digestOf("another") }] });
  expect(approvers.isStill(bob)).toBe(false);
});

test("new secrets are 256 random bits each", () => {
  const made = [newToken(), newToken(), newApprovalKey(), newApprovalKey()];
  expect(new Set(made).size).toBe(4);
  for (const secret of made) expect(secret).toMatch(/^sw[ta]_[\w-]{43}$/);
});
