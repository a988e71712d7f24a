import { afterEach, expect, test, vi } from "vitest";
import type { Webhook } from "../../src/notify/config.ts";
import { createDelivery } from "../../src/notify/delivery.ts";
import { send } from "../../src/notify/send.ts";
import { onCleanUp } from "../doubles/sandbox-emr.ts";
import { approvalEvent, eventually, hastyClock, jobEvent, startReceiver, webhookTo } from "./notify.support.ts";

/** Messages to a server that listens on loopback; waits are a hundredth of what they are. */

afterEach(() => vi.restoreAllMocks());

function delivering() {
  const warnings: string[] = [];
  const clock = hastyClock();
  const delivery = createDelivery({ clock, send, warn: (message) => warnings.push(message) });
  onCleanUp(() => delivery.close());
  const enqueue = (webhook: Webhook, id = "msg_1") => delivery.enqueue({ id, webhook, event: jobEvent() });
  return { delivery, enqueue, warnings, clock };
}

test("a message that is taken is delivered once", async () => {
  const receiver = await startReceiver({ status: 204 });
  const { enqueue, delivery, warnings } = delivering();
  enqueue(webhookTo(receiver.url));
  await receiver.until(1);
  await delivery.close();
  expect(receiver.received).toMatchObject([{ method: "POST", headers: { "webhook-id": "msg_1" } }]);
  expect(warnings).toEqual([]);
});

test.each([503, 500, 429])("after HTTP %d it is tried again, with the same id", async (status) => {
  const receiver = await startReceiver({ status }, { status }, { status: 200 });
  const { enqueue, delivery, clock, warnings } = delivering();
  enqueue(webhookTo(receiver.url));
  await receiver.until(3);
  await delivery.close();
  expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual(["msg_1", "msg_1", "msg_1"]);
  expect(clock.slept.slice(0, 2)).toEqual([2_000, 10_000]);
  expect(warnings).toEqual([]);
});

test("it is tried four times in all, with growing waits, and then given up", async () => {
  const receiver = await startReceiver({ status: 503 });
  const { enqueue, warnings, clock } = delivering();
  enqueue(webhookTo(receiver.url));
  await eventually(() => warnings.length > 0);
  expect(receiver.received).toHaveLength(4);
  expect(clock.slept).toEqual([2_000, 10_000, 60_000]);
  expect(warnings).toEqual(["webhook team: job-ended was not delivered, tried 4 times: HTTP 503"]);
});

test("a receiver that asks for time gets it", async () => {
  const receiver = await startReceiver({ status: 429, headers: { "retry-after": "30" } }, { status: 200 });
  const { enqueue, clock } = delivering();
  enqueue(webhookTo(receiver.url));
  await receiver.until(2);
  expect(clock.slept[0]).toBe(30_000);
});

test("a connection that is refused is tried again", async () => {
  const { enqueue, warnings, clock } = delivering();
  enqueue(webhookTo("http://127.0.0.1:1/k3y"));
  await eventually(() => warnings.length > 0);
  expect(clock.slept).toHaveLength(3);
  expect(warnings.join()).not.toMatch(/127\.0\.0\.1|k3y/);
});

test.each([400, 401, 404, 410])("HTTP %d is final", async (status) => {
  const receiver = await startReceiver({ status });
  const { enqueue, warnings, clock } = delivering();
  enqueue(webhookTo(receiver.url));
  await eventually(() => warnings.length > 0);
  expect(receiver.received).toHaveLength(1);
  expect(clock.slept).toEqual([]);
  expect(warnings).toEqual([`webhook team: job-ended was not delivered, tried once: HTTP ${status}`]);
});

test("a redirect is not followed", async () => {
  const elsewhere = await startReceiver({ status: 200 });
  const receiver = await startReceiver({ status: 307, headers: { location: elsewhere.url } });
  const { enqueue, warnings } = delivering();
  enqueue(webhookTo(receiver.url));
  await eventually(() => warnings.length > 0);
  expect(warnings[0]).toContain("HTTP 307");
  expect(elsewhere.received).toEqual([]);
});

test.each([
  ["dingtalk", '{"errcode":310000,"errmsg":"sign not match"}', "errcode 310000"],
  ["feishu", '{"code":19021,"msg":"sign match fail"}', "code 19021"],
] as const)("%s's refusal behind HTTP 200 is a failure", async (format, body, why) => {
  const receiver = await startReceiver({ status: 200, body });
  const { enqueue, warnings } = delivering();
  enqueue(webhookTo(receiver.url, { format }));
  await eventually(() => warnings.length > 0);
  expect(warnings).toEqual([`webhook team: job-ended was not delivered, tried once: ${why}`]);
  expect(receiver.received).toHaveLength(1);
});

test("no answer within ten seconds is no answer", async () => {
  const receiver = await startReceiver("hang");
  const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => AbortSignal.abort(new Error("time is up")));
  const attempt = { id: "msg_1", now: Date.now() };
  const result = await send(webhookTo(receiver.url), jobEvent(), attempt, new AbortController().signal);
  expect(timeout).toHaveBeenCalledWith(10_000);
  expect(result).toEqual({ kind: "failed", why: "no answer within 10 s", again: true });
});

test("an answer without end is read for 64 KiB and then left", async () => {
  const receiver = await startReceiver("endless");
  const webhook = webhookTo(receiver.url, { format: "dingtalk" });
  const result = await send(webhook, jobEvent(), { id: "msg_1", now: Date.now() }, new AbortController().signal);
  expect(result).toMatchObject({ kind: "failed", why: "no errcode" });
});

test("a receiver that hangs holds up neither the caller nor another webhook", async () => {
  const dead = await startReceiver("hang");
  const alive = await startReceiver({ status: 200 });
  const { enqueue } = delivering();
  const before = performance.now();
  enqueue(webhookTo(dead.url, { name: "dead" }));
  enqueue(webhookTo(alive.url, { name: "alive" }));
  expect(performance.now() - before).toBeLessThan(20);
  await alive.until(1);
  await dead.until(1);
});

test("closing gives a receiver that hangs its time and no more, and says what is left", async () => {
  const dead = await startReceiver("hang");
  const { enqueue, delivery, warnings, clock } = delivering();
  enqueue(webhookTo(dead.url), "msg_1");
  enqueue(webhookTo(dead.url), "msg_2");
  await dead.until(1);
  await delivery.close();
  expect(clock.slept).toEqual([2_000]);
  expect(warnings).toEqual(["webhooks: 2 messages were not delivered before the end"]);
  expect(dead.received).toHaveLength(1);
});

test("what is left at the end is handed back", async () => {
  const dead = await startReceiver("hang");
  const { delivery } = delivering();
  const leftBehind = vi.fn();
  delivery.enqueue({ id: "msg_1", webhook: webhookTo(dead.url), event: jobEvent(), leftBehind });
  await dead.until(1);
  await delivery.close();
  expect(leftBehind).toHaveBeenCalledOnce();
});

test("a hundred wait, and what comes beyond is dropped, counted and told", async () => {
  const dead = await startReceiver("hang");
  const { enqueue, warnings, delivery } = delivering();
  for (let each = 0; each < 103; each++) enqueue(webhookTo(dead.url), `msg_${each}`);
  expect(warnings).toHaveLength(3);
  expect(warnings[2]).toBe("webhook team: job-ended was dropped, 100 wait already (3 dropped so far)");
  await delivery.close();
  expect(warnings[3]).toBe("webhooks: 100 messages were not delivered before the end");
});

test("an approval that has expired meanwhile is not told", async () => {
  const receiver = await startReceiver({ status: 200 });
  const { delivery, warnings } = delivering();
  const event = approvalEvent();
  delivery.enqueue({ id: "msg_1", webhook: webhookTo(receiver.url), event, worthlessAt: Date.now() - 1 });
  await eventually(() => warnings.length > 0);
  expect(warnings).toEqual(["webhook team: approval-needed was not sent: it came too late to matter"]);
  expect(receiver.received).toEqual([]);
});

test("neither address nor secret shows in what is logged or shown, though the other side echoes them", async () => {
  const secret = "SEC0a1b2c3d4e5f6a7b8c9d";
  const path = "/services/T00000000/B00000000/k3yk3yk3y";
  const receiver = await startReceiver({
    status: 403,
    body: `no ${secret} for http://x${path}?access_token=t0k3nt0k3n or k3yk3yk3y`,
  });
  const webhook = webhookTo(`${receiver.url}${path}?access_token=t0k3nt0k3n`, { format: "dingtalk", secret });
  const result = await send(webhook, jobEvent(), { id: "msg_1", now: Date.now() }, new AbortController().signal);
  expect(result).toMatchObject({ kind: "failed", why: "HTTP 403", answer: expect.stringContaining("no ****") });
  const { enqueue, warnings } = delivering();
  enqueue(webhook);
  await eventually(() => warnings.length > 0);
  for (const part of [secret, "k3yk3yk3y", "t0k3nt0k3n", receiver.url]) {
    expect(JSON.stringify(result)).not.toContain(part);
    expect(warnings.join()).not.toContain(part);
  }
});
