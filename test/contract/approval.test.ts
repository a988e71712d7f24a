import { describe, expect, test } from "vitest";
import { eras, textOf } from "../fixtures/clients.ts";
import { enrolApp, openScene, pageOf, run, runOnTerminal, sendForm, serve } from "./approval.support.ts";

/** People who decide outside of the client: several processes, one ledger, one job that is to be cancelled. */

describe.each(eras)("a client of %s that cannot ask", (era) => {
  test("goes on with the same call once a person approved on the page", async () => {
    const { input, environment, cancelled } = await openScene();
    const { cancel } = await serve({ environment, era });
    const url = pageOf(await cancel(input));
    expect(cancelled()).toBe(0);
    expect(await sendForm(url, { verdict: "approved", name: input.jobRunId })).toBe(303);
    expect(cancelled()).toBe(0);
    expect(textOf(await cancel(input))).toContain("approved by a person (out-of-band)");
    expect(cancelled()).toBe(1);
  });

  test("is told of a refusal, and nothing is sent", async () => {
    const { input, environment, cancelled } = await openScene();
    const { cancel } = await serve({ environment, era });
    await sendForm(pageOf(await cancel(input)), { verdict: "declined" });
    expect(textOf(await cancel(input))).toContain("DECLINED_BEFORE");
    expect(cancelled()).toBe(0);
  });
});

test("an approval on the page covers one execution", async () => {
  const { input, environment, cancelled } = await openScene();
  const { cancel } = await serve({ environment, era: "2026-07-28" });
  await sendForm(pageOf(await cancel(input)), { verdict: "approved", name: input.jobRunId });
  await cancel(input);
  await cancel(input);
  expect(cancelled()).toBe(1);
});

test("asking again while a person thinks keeps the plan and its page", async () => {
  const { input, environment } = await openScene();
  const { cancel } = await serve({ environment, era: "2026-07-28" });
  expect(pageOf(await cancel(input))).toBe(pageOf(await cancel(input)));
});

test("once an app is enrolled, a model that reads page and form cannot approve without the code", async () => {
  const { home, input, environment, cancelled } = await openScene();
  const codeNow = enrolApp(home);
  const { cancel } = await serve({ environment, era: "2026-07-28" });
  const url = pageOf(await cancel(input));
  for (const code of ["", "000000", "<script>"]) {
    expect(await sendForm(url, { verdict: "approved", name: input.jobRunId, code })).toBe(422);
  }
  pageOf(await cancel(input));
  expect(cancelled()).toBe(0);
  expect(await sendForm(url, { verdict: "approved", name: input.jobRunId, code: codeNow() })).toBe(303);
  await cancel(input);
  expect(cancelled()).toBe(1);
});

test("no tool result holds anything of the approval but the plan's id", async () => {
  const { home, input, environment } = await openScene();
  enrolApp(home);
  const { cancel } = await serve({ environment, era: "2026-07-28" });
  const result = await cancel(input);
  const { approve } = result.structuredContent as { approve: Record<string, string> };
  expect(Object.keys(approve).sort()).toEqual(["command", "url"]);
  expect(approve.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/plans\/plan-[0-9a-f]{32}$/);
  expect(JSON.stringify(result)).not.toMatch(/About to execute|token|secret/i);
});

test("a person at a terminal approves with name and code, and the server's same call goes on", async () => {
  const { home, input, environment, cancelled } = await openScene();
  const codeNow = enrolApp(home);
  const { cancel } = await serve({ environment, era: "2026-07-28" });
  const planId =
    pageOf(await cancel(input))
      .split("/")
      .at(-1) ?? "";
  const { code, output } = await runOnTerminal(["approve", planId.slice(0, 12)], environment, [
    [/type the target's name:/, () => input.jobRunId],
    [/Code of your authenticator app:/, codeNow],
  ]);
  expect(output).toContain("About to execute: CancelJobRun");
  expect(output).toContain("Approved.");
  expect(code).toBe(0);
  expect(textOf(await cancel(input))).toContain("approved by a person (out-of-band+code)");
  expect(cancelled()).toBe(1);
});

test.each<[string, string | undefined, string | undefined, string]>([
  ["another name", "jr-other", undefined, "that is not the target's name"],
  ["a wrong code", undefined, "000000", "the code is not right"],
])("at a terminal %s decides nothing", async (_, name, code, reason) => {
  const { home, input, environment } = await openScene();
  const codeNow = enrolApp(home);
  const call = await run(["call", "cancel_job_run", JSON.stringify(input)], environment);
  const planId = /approve (plan-\w+)/.exec(call.output)?.[1] ?? "";
  const ran = await runOnTerminal(["approve", planId], environment, [
    [/type the target's name:/, () => name ?? input.jobRunId],
    [/Code of your authenticator app:/, () => code ?? codeNow()],
  ]);
  expect(ran.output).toContain(`Nothing was decided: ${reason}.`);
  expect(ran.code).toBe(3);
});

test("call waits with exit 4, and the same call goes on after approve", async () => {
  const { input, environment, cancelled } = await openScene();
  const call = ["call", "cancel_job_run", JSON.stringify(input)];
  const first = await run(call, environment);
  expect(first.code).toBe(4);
  expect(first.output).not.toContain("http://127.0.0.1");
  const planId = /approve (plan-\w+)/.exec(first.output)?.[1] ?? "";
  const answers = [[/type the target's name:/, () => input.jobRunId]] as const;
  expect((await runOnTerminal(["approve", planId], environment, answers)).code).toBe(0);
  const second = await run(call, environment);
  expect(second.code).toBe(0);
  expect(JSON.parse(second.output.slice(second.output.indexOf("{")))).toMatchObject({
    approval: { strength: "out-of-band" },
  });
  expect(cancelled()).toBe(1);
});

test("reject at a terminal refuses, and the same call is told", async () => {
  const { input, environment, cancelled } = await openScene();
  const call = ["call", "cancel_job_run", JSON.stringify(input)];
  const planId = /approve (plan-\w+)/.exec((await run(call, environment)).output)?.[1] ?? "";
  const left = await runOnTerminal(["reject", planId], environment, [[/Refuse it\?/, () => "maybe"]]);
  expect(left).toMatchObject({ code: 3, output: expect.stringContaining("Nothing was decided.") });
  const ran = await runOnTerminal(["reject", planId], environment, [[/Refuse it\?/, () => "no"]]);
  expect(ran).toMatchObject({ code: 0, output: expect.stringContaining("Refused.") });
  expect(await run(call, environment)).toMatchObject({ code: 3, output: expect.stringContaining("DECLINED_BEFORE") });
  expect(cancelled()).toBe(0);
});

test.each([
  ["approve", "plan-1"],
  ["reject", "plan-1"],
  ["approver", "enroll"],
])("%s through a pipe decides nothing", async (...args) => {
  const { environment } = await openScene();
  const { code, output } = await run(args, environment);
  expect(code).toBe(3);
  expect(output).toMatch(/^Nothing was (decided|changed): a person has to be at a terminal/);
});

test("approvals lists what waits within 80 columns, and as JSON", async () => {
  const { input, environment } = await openScene();
  expect((await run(["approvals"], environment)).output).toBe("Nothing waits for a decision.\n");
  await run(["call", "cancel_job_run", JSON.stringify(input)], environment);
  const { code, output } = await run(["approvals"], environment);
  expect(code).toBe(0);
  expect(output).toContain(`CancelJobRun ${input.jobRunId}`);
  expect(Math.max(...output.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  const [listed] = JSON.parse((await run(["approvals", "--json"], environment)).output);
  expect(listed).toMatchObject({ operation: "CancelJobRun", target: input.jobRunId, requester: "command line" });
});

test("an id that fits no plan, or several, decides nothing", async () => {
  const { input, environment } = await openScene();
  await run(["call", "cancel_job_run", JSON.stringify(input)], environment);
  const none = await runOnTerminal(["approve", "plan-zz"], environment, []);
  expect(none).toMatchObject({ code: 2, output: expect.stringContaining("no waiting request begins so") });
});
