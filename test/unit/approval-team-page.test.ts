import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openAuthenticator } from "../../src/approval/authenticator.ts";
import type { Approvers } from "../../src/approval/sign-ins.ts";
import { createTeamPage } from "../../src/approval/team-page.ts";
import type { StoredPlan } from "../../src/ledger/types.ts";
import { codeAt, enrolledAuthenticator, newFolder, newLedger, noon, onCleanUp, planOf } from "./approval.support.ts";

/** The pages of a team's server, as a browser and as anything else that speaks HTTP meets them. */

const { planId } = planOf();

interface Choice {
  plan?: Partial<StoredPlan>;
  fourEyes?: boolean;
  publicUrl?: string;
  authenticator?: ReturnType<typeof openAuthenticator>;
}

async function open({ plan = {}, fourEyes = true, publicUrl, authenticator }: Choice = {}) {
  const rules = { fourEyes };
  const ledger = newLedger();
  ledger.savePlan(planOf({ principal: "ann", ...plan }));
  const keys = new Map([
    ["ann", "key-of-ann"],
    ["bob", "key-of-bob"],
  ]);
  const approvers: Approvers = {
    find: (name, key) => (keys.get(name) === key ? { name, keyDigest: key } : undefined),
    isStill: ({ name, keyDigest }) => keys.get(name) === keyDigest,
  };
  let now = noon;
  const serve = createTeamPage({
    ledger,
    authenticator: authenticator ?? openAuthenticator(join(newFolder(), "a.db")),
    clock: { now: () => now },
    language: "en",
    approvers,
    fourEyes: () => rules.fourEyes,
    publicUrl: () => publicUrl,
  });
  const server = createServer((request, response) => {
    void serve(request, response).then((isOurs) => isOurs || response.writeHead(404).end("elsewhere"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onCleanUp(() => server.close());
  onCleanUp(() => server.closeAllConnections());
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const origin = publicUrl ?? address;

  function browser() {
    let cookie = "";
    async function go(path: string, form?: Record<string, string>, headers: Record<string, string> = {}) {
      const response = await fetch(address + path, {
        redirect: "manual",
        headers: { cookie, ...(form && { origin }), ...headers },
        ...(form && { method: "POST", body: new URLSearchParams(form) }),
      });
      const set = response.headers.get("set-cookie");
      if (set !== null) cookie = set.split(";", 1)[0] ?? "";
      const text = await response.text();
      return {
        status: response.status,
        text,
        location: response.headers.get("location"),
        cookie: set,
        headers: response.headers,
      };
    }
    return {
      go,
      cookie: () => cookie,
      async signIn(name: string, key: string, headers: Record<string, string> = {}) {
        const path = `/approvals/sign-in?plan=${planId}`;
        return go(path, { token: tokenIn((await go(path)).text), name, key }, headers);
      },
      async decide(fields: Record<string, string>) {
        const path = `/approvals/plans/${planId}`;
        return go(path, { token: tokenIn((await go(path)).text, "/approvals/plans/"), ...fields });
      },
    };
  }
  return {
    ledger,
    keys,
    rules,
    browser,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    stored: () => ledger.findPlan(planId),
  };
}

/** The token of the form that goes there; the page's header has one of its own. */
function tokenIn(text: string, action = ""): string {
  const form = text.split("<form").find((part) => part.includes(`action="${action}`) && part.includes('name="token"'));
  return /name="token" value="([\w-]+)"/.exec(form ?? "")?.[1] ?? "";
}

const yes = { verdict: "approved", name: "jr-1" };

test("whoever has not signed in is sent to the sign-in, and sees nothing of any plan", async () => {
  const { browser } = await open();
  const { go } = browser();
  for (const path of [`/approvals/plans/${planId}`, "/approvals/", "/approvals"]) {
    const { status, location, text } = await go(path);
    expect([status, text]).toEqual([303, ""]);
    expect(location).toMatch(/^\/approvals\/sign-in\?/);
  }
  const { text } = await go(`/approvals/sign-in?plan=${planId}`);
  expect(text).not.toContain("jr-1");
  expect(text).not.toContain("CancelJobRun");
});

test("other paths are not of these pages", async () => {
  const { browser } = await open();
  for (const path of ["/", "/mcp", "/approvalsx", "/plans/plan-1"])
    expect((await browser().go(path)).text).toBe("elsewhere");
});

test("an approver signs in with name and key, comes back to the plan and approves it in their name", async () => {
  const { browser, stored } = await open();
  const { signIn, go, decide } = browser();
  const signed = await signIn("bob", "key-of-bob");
  expect([signed.status, signed.location]).toEqual([303, `/approvals/plans/${planId}?lang=en`]);
  expect(signed.cookie).toMatch(/^spark-approvals=[\w-]{43}; Path=\/approvals; HttpOnly; SameSite=Strict$/);
  const { text } = await go(`/approvals/plans/${planId}`);
  expect(text).toContain("Signed in as bob");
  expect(text).toContain("ann");
  expect(text).not.toContain("any program on this computer");
  expect((await decide(yes)).status).toBe(303);
  expect(stored()).toMatchObject({ state: "approved", decidedBy: "page:bob", strength: "out-of-band+code" });
});

test("under a public address with TLS the cookie is bound to that host and to TLS", async () => {
  const { browser, stored } = await open({ publicUrl: "https://spark.example" });
  const { signIn, decide } = browser();
  expect((await signIn("bob", "key-of-bob")).cookie).toMatch(
    /^__Host-spark-approvals=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
  );
  expect((await decide(yes)).status).toBe(303);
  expect(stored()?.state).toBe("approved");
});

test("once an authenticator app is enrolled a code of it is needed here too", async () => {
  const { authenticator, secret } = enrolledAuthenticator(noon);
  const { browser, stored } = await open({ authenticator });
  const { signIn, decide } = browser();
  await signIn("bob", "key-of-bob");
  expect((await decide({ ...yes, code: "000000" })).status).toBe(422);
  expect((await decide({ ...yes, code: codeAt(secret, noon) })).status).toBe(303);
  expect(stored()?.decidedBy).toBe("page+code:bob");
});

test("with four eyes whoever asked is shown no form, and a form they have all the same decides nothing", async () => {
  const { browser, stored, rules } = await open({ fourEyes: false });
  const { signIn, go } = browser();
  await signIn("ann", "key-of-ann");
  const path = `/approvals/plans/${planId}`;
  const tokens = [];
  for (let round = 0; round < 2; round += 1) tokens.push(tokenIn((await go(path)).text, "/approvals/plans/"));
  rules.fourEyes = true;
  const shown = await go(path);
  expect(shown.text).toContain("You asked for this yourself");
  expect(tokenIn(shown.text, "/approvals/plans/")).toBe("");
  for (const [position, verdict] of ["approved", "declined"].entries()) {
    const sent = await go(path, { ...yes, verdict, token: tokens[position] ?? "" });
    expect(sent.status).toBe(403);
    expect(sent.text).toContain("You asked for this yourself");
  }
  expect(stored()?.state).toBe("waiting");
});

test("without four eyes an approver may decide what they asked for, and the record says who that was", async () => {
  const { browser, stored } = await open({ fourEyes: false });
  const { signIn, decide } = browser();
  await signIn("ann", "key-of-ann");
  expect((await decide(yes)).status).toBe(303);
  expect(stored()?.decidedBy).toBe("page:ann");
});

test("with four eyes a plan that nobody of the team is known to have asked for is not approved here", async () => {
  const { browser, stored, ledger } = await open();
  const { principal: _, ...ownerless } = planOf({ planId: "plan-2", requestDigest: "another" });
  ledger.savePlan(ownerless);
  const { signIn, go } = browser();
  await signIn("bob", "key-of-bob");
  const token = tokenIn((await go("/approvals/plans/plan-2")).text, "/approvals/plans/");
  const sent = await go("/approvals/plans/plan-2", { ...yes, token });
  expect([sent.status, ledger.findPlan("plan-2")?.state]).toEqual([403, "waiting"]);
  expect(sent.text).toContain("must be two people");
  expect(stored()?.state).toBe("waiting");
});

test("a form that one approver read cannot be sent by another", async () => {
  const { browser, stored } = await open({ plan: { principal: "otto" } });
  const [ann, bob] = [browser(), browser()];
  await ann.signIn("ann", "key-of-ann");
  await bob.signIn("bob", "key-of-bob");
  const token = tokenIn((await ann.go(`/approvals/plans/${planId}`)).text, "/approvals/plans/");
  expect((await bob.go(`/approvals/plans/${planId}`, { ...yes, token })).status).toBe(403);
  expect(stored()?.state).toBe("waiting");
});

test.each([
  ["bob", "key-of-ann"],
  ["bob", ""],
  ["nobody", "key-of-bob"],
  ["", "key-of-bob"],
])("name %j with key %j does not sign in, and the answer does not tell which was wrong", async (name, key) => {
  const { browser } = await open();
  const { signIn, go } = browser();
  const { status, text, cookie } = await signIn(name, key);
  expect([status, cookie]).toEqual([422, null]);
  expect(text).toContain("Name and key do not belong to an approver.");
  if (key !== "") expect(text).not.toContain(key);
  expect((await go("/approvals/")).status).toBe(303);
});

test("five wrong keys lock the name for five minutes, the right key too, and no other name", async () => {
  const { browser, pass } = await open();
  const { signIn } = browser();
  const statuses = [];
  for (let round = 0; round < 5; round += 1) statuses.push((await signIn("BOB", `wrong-${round}`)).status);
  expect(statuses).toEqual([422, 422, 422, 422, 429]);
  const locked = await signIn("bob", "key-of-bob");
  expect([locked.status, locked.headers.get("retry-after")]).toEqual([429, "300"]);
  expect((await browser().signIn("ann", "key-of-ann")).status).toBe(303);
  pass(300_001);
  expect((await signIn("bob", "key-of-bob")).status).toBe(303);
});

test("an approver who is taken off the list, or gets a new key, is out with the next request", async () => {
  const { browser, keys, stored } = await open();
  const { signIn, go } = browser();
  await signIn("bob", "key-of-bob");
  const token = tokenIn((await go(`/approvals/plans/${planId}`)).text, "/approvals/plans/");
  keys.set("bob", "another-key");
  expect((await go(`/approvals/plans/${planId}`, { ...yes, token })).status).toBe(303);
  expect(stored()?.state).toBe("waiting");
});

test("a session that nobody used for ten minutes ends, and one in use ends after eight hours", async () => {
  const { browser, pass } = await open();
  const { signIn, go } = browser();
  await signIn("bob", "key-of-bob");
  pass(599_000);
  expect((await go("/approvals/")).status).toBe(200);
  pass(601_000);
  expect((await go("/approvals/")).status).toBe(303);
  await signIn("bob", "key-of-bob");
  let minutes = 0;
  for (; (await go("/approvals/")).status === 200 && minutes < 1_000; minutes += 9) pass(9 * 60_000);
  expect(minutes).toBe(8 * 60 + 6);
});

test("signing out ends the session", async () => {
  const { browser } = await open();
  const { signIn, go, cookie } = browser();
  await signIn("bob", "key-of-bob");
  const before = cookie();
  const token = tokenIn((await go("/approvals/")).text, "/approvals/sign-out");
  expect((await go("/approvals/sign-out", { token })).cookie).toContain("Max-Age=0");
  expect((await go("/approvals/", undefined, { cookie: before })).status).toBe(303);
});

test.each<[string, Record<string, string>]>([
  ["another page's", { origin: "https://evil.example" }],
  ["an opaque page's", { origin: "null" }],
  ["another port's", { origin: "http://127.0.0.1:1" }],
  ["a page's of the same site", { "sec-fetch-site": "same-site" }],
])("%s form neither signs in nor decides", async (_, headers) => {
  const { browser, stored } = await open();
  const { signIn, go } = browser();
  expect((await signIn("bob", "key-of-bob", headers)).status).toBe(403);
  await signIn("bob", "key-of-bob");
  const token = tokenIn((await go(`/approvals/plans/${planId}`)).text, "/approvals/plans/");
  expect((await go(`/approvals/plans/${planId}`, { ...yes, token }, headers)).status).toBe(403);
  expect(stored()?.state).toBe("waiting");
});

test("asking for many sign-in forms makes no form of an approver worthless", async () => {
  const { browser } = await open();
  const { signIn, go } = browser();
  await signIn("bob", "key-of-bob");
  const token = tokenIn((await go(`/approvals/plans/${planId}`)).text, "/approvals/plans/");
  const stranger = browser();
  for (let round = 0; round < 1_001; round += 1) await stranger.go("/approvals/sign-in");
  expect((await go(`/approvals/plans/${planId}`, { ...yes, token })).status).toBe(303);
});

test("nothing of foreign origin becomes markup or leads elsewhere on the sign-in", async () => {
  const { browser } = await open();
  const { go } = browser();
  const hostile = `"><script>alert(1)</script>`;
  const shown = await go(`/approvals/sign-in?plan=${encodeURIComponent(hostile)}&lang=${encodeURIComponent(hostile)}`);
  expect(shown.text).not.toContain("<script");
  const token = tokenIn(shown.text);
  expect((await go("/approvals/sign-in?plan=//evil.example", { token, name: hostile, key: "x" })).text).not.toContain(
    "<script",
  );
  const next = tokenIn((await go("/approvals/sign-in")).text);
  const signed = await go("/approvals/sign-in?plan=//evil.example", { token: next, name: "bob", key: "key-of-bob" });
  expect(signed.location).toBe("/approvals/?lang=en");
});

test("the sign-in is there in Chinese, with the other language one link away", async () => {
  const { browser } = await open();
  const { text } = await browser().go(`/approvals/sign-in?plan=${planId}`, undefined, { "accept-language": "zh-CN" });
  expect(text).toContain("登录以进行审批");
  expect(text).toContain(`href="/approvals/sign-in?plan=${planId}&amp;lang=en"`);
});
