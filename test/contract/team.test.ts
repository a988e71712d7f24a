import { spawn } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CallToolResult, Client, ClientCapabilities } from "@modelcontextprotocol/client";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../src/package-root.ts";
import { onCleanUp } from "../doubles/sandbox-emr.ts";
import { connectHttp, type Era, eras, textOf } from "../fixtures/clients.ts";
import { keyOf, person, tokenOf, writeTeam } from "../unit/team.support.ts";
import { openScene, run, runOnTerminal } from "./approval.support.ts";

/** A team on one server: the program as a process, people with their own tokens, one job that is to be cancelled. */

async function openTeam(change: Record<string, unknown> = {}, environment: Record<string, string> = {}) {
  const scene = await openScene();
  writeTeam(scene.home, change);
  const server = await serve({ ...scene.environment, ...environment });
  return {
    ...scene,
    ...server,
    rewrite: (next: Record<string, unknown>) => void writeTeam(scene.home, next),
    async client(name: string, choice: { era?: Era; accepts?: boolean; capabilities?: ClientCapabilities } = {}) {
      const client = await connectHttp(server.url, {
        era: choice.era ?? "2026-07-28",
        token: tokenOf(name),
        ...(choice.accepts && { elicit: () => ({ action: "accept" as const, content: { approve: true } }) }),
        ...(choice.capabilities && { capabilities: choice.capabilities }),
      });
      onCleanUp(() => client.close());
      return client;
    },
  };
}

async function serve(environment: Record<string, string>) {
  const args = [join(packageRoot, "src/cli/bin.ts"), "serve", "--http", "127.0.0.1:0"];
  const child = spawn(process.execPath, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  onCleanUp(() => child.kill("SIGKILL"));
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    const look = (chunk: unknown) => {
      output += String(chunk);
      const found = /Serving MCP at (\S+)/.exec(output)?.[1];
      if (found) resolve(found);
    };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
    child.once("close", (code) => reject(new Error(`the server ended with ${code}: ${output}`)));
  });
  return { url, origin: new URL(url).origin, output: () => output };
}

async function cancel(client: Client, input: Record<string, unknown>): Promise<CallToolResult> {
  return (await client.callTool({ name: "cancel_job_run", arguments: input })) as CallToolResult;
}

/** An approver's browser, as far as forms and a cookie go. */
function browser(address: string) {
  const { origin } = new URL(address);
  let cookie = "";
  async function go(path: string, form?: Record<string, string>) {
    const response = await fetch(new URL(path, origin), {
      redirect: "manual",
      headers: { cookie, ...(form && { origin }) },
      ...(form && { method: "POST", body: new URLSearchParams(form) }),
    });
    cookie = response.headers.get("set-cookie")?.split(";", 1)[0] ?? cookie;
    return { status: response.status, text: await response.text(), location: response.headers.get("location") ?? "" };
  }
  const tokenIn = (text: string) => /name="token" value="([\w-]+)"/.exec(text.split("<main>")[1] ?? "")?.[1] ?? "";
  return {
    go,
    /** Opens the address of the awaiting result, is sent to the sign-in and fills it in. */
    async signIn(url: string, name: string, key: string) {
      const { location } = await go(url);
      return go(location, { token: tokenIn((await go(location)).text), name, key });
    },
    async decide(url: string, fields: Record<string, string>) {
      return go(url, { token: tokenIn((await go(url)).text), ...fields });
    },
  };
}

function pageOf(result: CallToolResult): string {
  expect(textOf(result)).toMatch(/^AWAITING_APPROVAL: /);
  return (result.structuredContent as { approve: { url: string } }).approve.url;
}

describe.each(eras)("over a client of %s", (era) => {
  test("a reader reads, may not cancel and is told so", async () => {
    const { client, input, cancelled } = await openTeam();
    const rita = await client("rita", { era, accepts: true });
    expect(textOf((await rita.callTool({ name: "get_job_run", arguments: input })) as CallToolResult)).toContain(
      "Running",
    );
    const refused = await cancel(rita, input);
    expect(refused.isError).toBe(true);
    expect(textOf(refused)).toContain("ROLE_NOT_ALLOWED");
    expect(textOf(refused)).toContain("rita has the role reader here");
    expect(cancelled()).toBe(0);
  });

  test("without four eyes an operator is asked through their client, and their yes counts", async () => {
    const { client, input, cancelled } = await openTeam({ fourEyes: false });
    const otto = await client("otto", { era, accepts: true });
    expect(textOf(await cancel(otto, input))).toContain("approved by a person (accepted)");
    expect(cancelled()).toBe(1);
  });

  test("with four eyes one's own client and key approve nothing, and another's key lets exactly one request out", async () => {
    const { client, input, cancelled } = await openTeam();
    const ann = await client("ann", { era, accepts: true });
    const awaiting = await cancel(ann, input);
    const url = pageOf(awaiting);
    expect(textOf(awaiting)).toContain("another person of the team has to decide");
    expect(cancelled()).toBe(0);

    const own = browser(url);
    expect((await own.signIn(url, "ann", keyOf("ann"))).status).toBe(303);
    expect((await own.go(url)).text).toContain("You asked for this yourself");
    expect((await own.decide(url, { verdict: "approved", name: input.jobRunId })).status).toBe(403);
    expect(pageOf(await cancel(ann, input))).toBe(url);
    expect(cancelled()).toBe(0);

    const other = browser(url);
    await other.signIn(url, "bob", keyOf("bob"));
    expect((await other.decide(url, { verdict: "approved", name: input.jobRunId })).status).toBe(303);
    expect(cancelled()).toBe(0);
    expect(textOf(await cancel(ann, input))).toContain("approved by a person (out-of-band+code)");
    await cancel(ann, input);
    expect(cancelled()).toBe(1);
  });

  test("a person who is removed is out at once, in a session that is open too", async () => {
    const { client, input, rewrite } = await openTeam();
    const otto = await client("otto", { era });
    expect((await otto.callTool({ name: "get_job_run", arguments: input })).isError).not.toBe(true);
    rewrite({ people: [person("rita", "reader")] });
    await expect(otto.callTool({ name: "get_job_run", arguments: input })).rejects.toThrow();
    rewrite({});
    expect((await otto.callTool({ name: "get_job_run", arguments: input })).isError).not.toBe(true);
  });
});

test("a client's token does not sign in, and the page shows nothing without", async () => {
  const { client, input, cancelled } = await openTeam();
  const url = pageOf(await cancel(await client("ann"), input));
  const agent = browser(url);
  for (const name of ["ann", "bob", "otto"]) {
    for (const secret of [tokenOf("ann"), tokenOf("bob")]) {
      expect((await agent.signIn(url, name, secret)).status).toBeGreaterThanOrEqual(422);
    }
  }
  expect((await agent.go(url)).status).toBe(303);
  const withToken = await fetch(url, { redirect: "manual", headers: { authorization: `Bearer ${tokenOf("ann")}` } });
  expect([withToken.status, await withToken.text()]).toEqual([303, ""]);
  expect(cancelled()).toBe(0);
});

test("an approval key is no client's token", async () => {
  const { url } = await openTeam();
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${keyOf("bob")}` },
    body: "{}",
  });
  expect(response.status).toBe(401);
});

test("an approver refuses on the page, and the assistant is told", async () => {
  const { client, input, cancelled } = await openTeam();
  const ann = await client("ann");
  const url = pageOf(await cancel(ann, input));
  const bob = browser(url);
  await bob.signIn(url, "bob", keyOf("bob"));
  expect((await bob.decide(url, { verdict: "declined" })).status).toBe(303);
  expect(textOf(await cancel(ann, input))).toContain("DECLINED_BEFORE");
  expect(cancelled()).toBe(0);
});

test("the audit names who asked and who decided, and neither token nor key is anywhere", async () => {
  const { client, input, environment, output } = await openTeam({}, { SPARK_WORKSPACE_LOG: "debug" });
  const ann = await client("ann");
  const first = await cancel(ann, input);
  const url = pageOf(first);
  const bob = browser(url);
  await bob.signIn(url, "bob", keyOf("bob"));
  await bob.decide(url, { verdict: "approved", name: input.jobRunId });
  const done = await cancel(ann, input);
  const audit = (await run(["audit", "export"], environment)).output;
  const records = audit
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { entry: Record<string, unknown> });
  const decisions = records.map(({ entry }) => entry).filter(({ event }) => event === "decision");
  expect(decisions).toMatchObject([{ principal: "ann", decidedBy: "page:bob", outcome: "approved" }]);
  const everything = JSON.stringify([first, done]) + audit + output();
  for (const secret of [tokenOf("ann"), keyOf("bob")]) expect(everything).not.toContain(secret);
});

test("another person's session is not usable, whatever token comes with it", async () => {
  const { client, url } = await openTeam();
  const ann = await client("ann", { era: "2025-11-25" });
  const { sessionId } = ann.transport as { sessionId?: string };
  expect(sessionId).toMatch(/^[0-9a-f-]{36}$/);
  const list = (token: string) =>
    fetch(url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
        "mcp-session-id": sessionId ?? "",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
    });
  expect((await list(tokenOf("otto"))).status).toBe(404);
  expect((await list("made-up")).status).toBe(401);
  expect((await list(tokenOf("ann"))).status).toBe(200);
});

test("a file of the server's computer is neither read nor probed for somebody who calls over HTTP", async () => {
  const { client, home } = await openTeam({ fourEyes: false });
  writeFileSync(join(home, "there.txt"), "text of the server");
  const otto = await client("otto", { accepts: true });
  const answers = ["there.txt", "not-there.txt"].map(async (name) => {
    const localPath = join(home, name);
    const result = await otto.callTool({ name: "upload_program", arguments: { uri: "oss://lake/x.txt", localPath } });
    return textOf(result as CallToolResult).replaceAll(/audit \d+ \w+/g, "");
  });
  const [there, notThere] = await Promise.all(answers);
  expect(there).toContain("is a file of the server's computer");
  expect(notThere).toBe(there);
});

test("a client that could open pages is not sent to one on which its user may not decide", async () => {
  const { client, input } = await openTeam();
  const opened: unknown[] = [];
  const ann = await client("ann", { capabilities: { elicitation: { form: {}, url: {} } } });
  ann.setRequestHandler("elicitation/create", (request) => {
    opened.push(request.params);
    return { action: "accept" };
  });
  pageOf(await cancel(ann, input));
  expect(opened).toEqual([]);
});

test("at the server's terminal an approver's key approves, and the requester's own or none does not", async () => {
  const { client, input, environment, cancelled } = await openTeam();
  const ann = await client("ann");
  const planId =
    pageOf(await cancel(ann, input))
      .split("/")
      .at(-1) ?? "";
  const approveWith = (key: string) =>
    runOnTerminal(["approve", planId], environment, [
      [/Your approval key:/, () => key],
      [/type the target's name:/, () => input.jobRunId],
    ]);
  expect(await approveWith(keyOf("ann"))).toMatchObject({
    code: 3,
    output: expect.stringContaining("asked for this yourself"),
  });
  expect(await approveWith(tokenOf("bob"))).toMatchObject({
    code: 3,
    output: expect.stringContaining("no approver's key"),
  });
  expect(cancelled()).toBe(0);
  const approved = await approveWith(keyOf("bob"));
  expect(approved).toMatchObject({ code: 0, output: expect.stringContaining("Approved.") });
  expect(approved.output).not.toContain(keyOf("bob"));
  expect(textOf(await cancel(ann, input))).toContain("approved by a person (out-of-band+code)");
  expect(cancelled()).toBe(1);
});

test("asking more often than the policy admits is refused with a time, for that person alone", async () => {
  const scene = await openScene();
  writeFileSync(join(scene.home, "policy.yaml"), "version: 1\nlimits: { plan: { maxAsksPerHour: 1 } }\n");
  writeTeam(scene.home);
  const { url } = await serve(scene.environment);
  const connect = async (name: string) => {
    const client = await connectHttp(url, { era: "2026-07-28", token: tokenOf(name) });
    onCleanUp(() => client.close());
    return client;
  };
  const [ann, otto] = [await connect("ann"), await connect("otto")];
  pageOf(await cancel(ann, scene.input));
  pageOf(await cancel(ann, scene.input));
  const second = await ann.callTool({
    name: "edit_workspace_queue",
    arguments: { workspaceId: scene.input.workspaceId, queue: "root_queue", cu: 8 },
  });
  expect(textOf(second as CallToolResult)).toMatch(/ASKED_TOO_OFTEN[\s\S]*may be asked for at 20\d\d-/);
  pageOf(await cancel(otto, scene.input));
});

test.each<[string, Record<string, unknown>, Record<string, string>, RegExp]>([
  ["a team that cannot be read", { people: "everybody" }, {}, /the team cannot be read/],
  [
    "four eyes beside a token that all share",
    {},
    { SPARK_WORKSPACE_HTTP_TOKEN: "x".repeat(40) },
    /cannot be told apart/,
  ],
])("with %s nothing is started", async (_, change, environment, reason) => {
  await expect(openTeam(change, environment)).rejects.toThrow(reason);
});

test("team add prints secrets that work and writes only digests; team remove ends them", async () => {
  const scene = await openScene();
  const added = await run(["team", "add", "eve", "--role", "operator", "--role", "approver"], scene.environment);
  const [token = "", key = ""] = added.output.match(/sw[ta]_[\w-]{43}/g) ?? [];
  const file = join(scene.home, "team.yaml");
  expect(readFileSync(file, "utf8")).not.toMatch(/sw[ta]_/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await run(["team", "list", "--json"], scene.environment)).output).not.toMatch(/sw[ta]_|[0-9a-f]{64}/);
  expect((await run(["team", "check"], scene.environment)).code).toBe(0);

  const { url, origin } = await serve(scene.environment);
  const client = await connectHttp(url, { era: "2026-07-28", token });
  onCleanUp(() => client.close());
  expect((await client.listTools()).tools.length).toBeGreaterThan(0);
  expect((await browser(origin).signIn(`${origin}/approvals/`, "eve", key)).status).toBe(303);
  expect((await run(["team", "remove", "eve"], scene.environment)).code).toBe(0);
  await expect(client.callTool({ name: "get_job_run", arguments: scene.input })).rejects.toThrow();
  expect((await browser(origin).signIn(`${origin}/approvals/`, "eve", key)).status).toBe(422);
});
