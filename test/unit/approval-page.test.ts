import { request } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openAuthenticator } from "../../src/approval/authenticator.ts";
import { escapeHtml } from "../../src/approval/html.ts";
import { startApprovalPage } from "../../src/approval/page.ts";
import { languageFor } from "../../src/approval/words.ts";
import type { StoredPlan } from "../../src/ledger/types.ts";
import { codeAt, enrolledAuthenticator, newFolder, newLedger, noon, onCleanUp, planOf } from "./approval.support.ts";

const { planId } = planOf();

async function open(plan: Partial<StoredPlan> = {}, authenticator = openAuthenticator(join(newFolder(), "a.db"))) {
  const ledger = newLedger();
  ledger.savePlan(planOf(plan));
  const page = await startApprovalPage({ ledger, authenticator, clock: { now: () => noon }, language: "en" });
  onCleanUp(() => page.close());
  const url = page.url(planOf(plan).planId);
  const { origin } = new URL(url);
  return {
    ledger,
    url,
    origin,
    state: () => ledger.findPlan(planOf(plan).planId)?.state,
    read: async (path = new URL(url).pathname, headers: Record<string, string> = {}) => {
      const response = await fetch(origin + path, { headers });
      return { response, text: await response.text() };
    },
    async token() {
      return tokenIn(await (await fetch(url)).text());
    },
    async send(fields: Record<string, string>, headers: Record<string, string> = {}) {
      const body = new URLSearchParams(fields);
      const response = await fetch(url, { method: "POST", redirect: "manual", headers: { origin, ...headers }, body });
      return { status: response.status, text: await response.text(), response };
    },
  };
}

function tokenIn(text: string): string {
  return /name="token" value="([\w-]+)"/.exec(text)?.[1] ?? "";
}

const yes = { verdict: "approved", name: "jr-1" };

test("a form with the name typed out approves, and the page then says so", async () => {
  const { send, token, state, read } = await open();
  const { status, response } = await send({ ...yes, token: await token() });
  expect([status, response.headers.get("location")]).toEqual([303, `/plans/${planId}?lang=en`]);
  expect(state()).toBe("approved");
  const { text } = await read();
  expect(text).toContain("Approved.");
  expect(text).not.toContain("<form");
});

test("Refuse needs neither name nor code", async () => {
  const { send, token, state } = await open({}, enrolledAuthenticator(noon).authenticator);
  expect((await send({ verdict: "declined", name: "", code: "", token: await token() })).status).toBe(303);
  expect(state()).toBe("declined");
});

test("the plan is shown in full", async () => {
  const { read } = await open({ facts: { state: "Running", count: 3, unknown: null } });
  const { text } = await read();
  for (const shown of ["it stops. Continue?", "jr-1", "destructive", "test-client 1.0", "cn-hangzhou", "Running"]) {
    expect(text).toContain(shown);
  }
});

test("nothing of foreign origin becomes markup", async () => {
  const hostile = `"><script>alert('x')</script>&amp;\u202e`;
  const { read } = await open({
    target: hostile,
    question: hostile,
    requester: hostile,
    place: hostile,
    operation: hostile,
    facts: { [hostile]: hostile },
  });
  for (const path of ["/", `/plans/${planId}`, "/plans/%22%3E%3Cscript%3E", `/?lang=${encodeURIComponent(hostile)}`]) {
    const { text } = await read(path);
    expect(text, path).not.toContain("<script");
    expect(text, path).not.toContain("\u202e");
  }
});

test("what was typed comes back escaped, and a code never does", async () => {
  const { send, token } = await open({}, enrolledAuthenticator(noon).authenticator);
  const fields = { verdict: "approved", name: `"><b>`, code: "987654", token: await token() };
  const { status, text } = await send(fields);
  expect(status).toBe(422);
  expect(text).toContain('value="&quot;&gt;&lt;b&gt;"');
  expect(text).not.toContain("987654");
});

test("quotation marks, angle brackets and ampersands are escaped, and invisible characters go", () => {
  expect(escapeHtml(`<a href="x" id='y'>&\u202e\u200b\u0007`)).toBe("&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;");
});

test("every answer forbids scripts, frames, caching and other origins", async () => {
  const { read } = await open();
  for (const path of ["/", `/plans/${planId}`, "/plans/plan-9", "/nothing"]) {
    const { response, text } = await read(path);
    const policy = response.headers.get("content-security-policy") ?? "";
    const nonce = /<style nonce="([^"]+)">/.exec(text)?.[1] ?? "none";
    expect(policy).toBe(
      `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    );
    expect(response.headers.get("x-frame-options")).toBe("DENY");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("referrer-policy")).toBe("same-origin");
    expect(text).not.toMatch(/<script|\son\w+=|\sstyle=/);
  }
});

test("the address holds the plan's id and nothing else", async () => {
  const { url } = await open();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/plans\/plan-\w+$/);
});

test("reading the page decides nothing, whatever the address says", async () => {
  const { read, token, state } = await open();
  const { response } = await read(`/plans/${planId}?verdict=approved&name=jr-1&token=${await token()}`);
  expect(response.status).toBe(200);
  expect(state()).toBe("waiting");
});

test("a form without a token of this page, or with one of another plan, decides nothing", async () => {
  const { send, state, ledger, origin } = await open();
  ledger.savePlan(planOf({ planId: "plan-2", requestDigest: "other" }));
  const ofOther = tokenIn(await (await fetch(`${origin}/plans/plan-2`)).text());
  expect(ofOther).not.toBe("");
  for (const token of ["", "x", ofOther]) expect((await send({ ...yes, token })).status).toBe(403);
  expect(state()).toBe("waiting");
});

test("a token counts once, also when the form was wrong", async () => {
  const { send, token, state } = await open();
  const one = await token();
  expect((await send({ verdict: "approved", name: "x", token: one })).status).toBe(422);
  expect((await send({ ...yes, token: one })).status).toBe(403);
  expect(state()).toBe("waiting");
});

test("the form that comes back after a mistake can be sent", async () => {
  const { send, token, state } = await open();
  const { text } = await send({ verdict: "approved", name: "x", token: await token() });
  await send({ ...yes, token: tokenIn(text) });
  expect(state()).toBe("approved");
});

test.each<[string, Record<string, string>]>([
  ["of another origin", { origin: "http://evil.test" }],
  ["of no origin", { origin: "null" }],
  ["of another port of this machine", { origin: "http://127.0.0.1:1" }],
  ["that the browser calls cross-site", { "sec-fetch-site": "cross-site" }],
  ["that the browser calls same-site", { "sec-fetch-site": "same-site" }],
  ["that is no form", { "content-type": "text/plain" }],
])("a form %s decides nothing", async (_, headers) => {
  const { send, token, state } = await open();
  const { status } = await send({ ...yes, token: await token() }, headers);
  expect(status).toBe(403);
  expect(state()).toBe("waiting");
});

test("a form without an origin decides nothing", async () => {
  const { url, token, state } = await open();
  const body = new URLSearchParams({ ...yes, token: await token() });
  expect((await fetch(url, { method: "POST", body, redirect: "manual" })).status).toBe(403);
  expect(state()).toBe("waiting");
});

test.each(["evil.test", "localhost", "127.0.0.1", "[::1]"])(
  "the page is not served under the name %s, to whatever address that leads",
  async (host) => {
    const { url } = await open();
    const { port, pathname } = new URL(url);
    const status = await new Promise((resolve, reject) => {
      const headers = { host: host === "127.0.0.1" ? host : `${host}:${port}` };
      request({ host: "127.0.0.1", port, path: pathname, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .once("error", reject)
        .end();
    });
    expect(status).toBe(403);
  },
);

test("a form that is far too long is turned away with an answer", async () => {
  const { send, token, state } = await open();
  expect((await send({ ...yes, token: await token(), more: "x".repeat(100_000) })).status).toBe(413);
  expect(state()).toBe("waiting");
});

test.each(["PUT", "DELETE", "PATCH", "OPTIONS"])("%s is not allowed", async (method) => {
  const { url } = await open();
  expect((await fetch(url, { method })).status).toBe(405);
});

test("five wrong names answer 429 with the time to wait, and Refuse still works", async () => {
  const { send, token, state } = await open();
  let last = { status: 0, text: "", response: new Response() };
  for (let tries = 0; tries < 5; tries += 1) last = await send({ ...yes, name: "x", token: await token() });
  expect(last.status).toBe(429);
  expect(last.response.headers.get("retry-after")).toBe("300");
  expect((await send({ ...yes, token: await token() })).status).toBe(429);
  await send({ verdict: "declined", token: await token() });
  expect(state()).toBe("declined");
});

test("with an authenticator the form asks for its code, and a right one approves", async () => {
  const { authenticator, secret } = enrolledAuthenticator(noon);
  const { send, token, state, read } = await open({}, authenticator);
  expect((await read()).text).toContain('autocomplete="one-time-code"');
  expect((await send({ ...yes, token: await token() })).status).toBe(422);
  expect(state()).toBe("waiting");
  await send({ ...yes, code: codeAt(secret, noon), token: await token() });
  expect(state()).toBe("approved");
});

test("without one the page says what any program could do", async () => {
  const { read } = await open();
  expect((await read()).text).toContain("approver enroll");
});

test("an authenticator that cannot be read shows no form and approves nothing", async () => {
  const broken = {
    ...openAuthenticator(join(newFolder(), "a.db")),
    status: () => {
      throw new Error("damaged secret");
    },
  };
  const { read, send, state } = await open({}, broken);
  const { response, text } = await read();
  expect(response.status).toBe(500);
  expect(text).not.toContain("<form");
  expect(text).not.toContain("damaged secret");
  await send({ ...yes, token: "x" });
  expect(state()).toBe("waiting");
});

test("a plan that expired has no form", async () => {
  const { read } = await open({ expiresAt: noon - 1 });
  const { text } = await read();
  expect(text).toContain("has expired");
  expect(text).not.toContain("<form");
});

test("the page is Chinese for who reads Chinese, and by link for everybody", async () => {
  const { read } = await open();
  expect((await read(undefined, { "accept-language": "zh-CN,zh;q=0.9,en;q=0.8" })).text).toContain("您的决定");
  expect((await read(`/plans/${planId}?lang=zh`)).text).toContain('<html lang="zh-Hans">');
  expect((await read(`/plans/${planId}?lang=en`, { "accept-language": "zh" })).text).toContain("Your decision");
});

test.each<[string | null, string | undefined, string]>([
  ["zh", "en", "zh"],
  ["fr", "zh-CN", "zh"],
  [null, "en-GB,zh;q=0.5", "en"],
  [null, "en;q=0.2,zh;q=0.5", "zh"],
  [null, "zh;q=0,fr", "en"],
  [null, undefined, "en"],
])("asked for %j by link and %j by the browser, the page speaks %s", (asked, header, language) => {
  expect(languageFor(asked, header, "en")).toBe(language);
});
