import { expect, test } from "vitest";
import type { Webhook } from "../../src/notify/config.ts";
import type { NotifyEvent } from "../../src/notify/event.ts";
import { messageFormats } from "../../src/notify/formats/index.ts";
import { approvalEvent, jobEvent, webhookTo } from "./notify.support.ts";

const attempt = { id: "msg_1", now: 1_577_262_236_757 };

function composed(format: Webhook["format"], event: NotifyEvent, change: Partial<Webhook> = {}) {
  const webhook = webhookTo("https://chat.test/hook?access_token=k3y", { format, ...change });
  const message = messageFormats[format].compose(event, webhook, attempt);
  return { ...message, content: JSON.parse(message.body) as Record<string, unknown> };
}

const chats = ["slack", "dingtalk", "feishu"] as const;
const all = ["json", ...chats] as const;

/** What a person sees, as the one text it was. */
function textOf(format: (typeof chats)[number], event: NotifyEvent): string {
  const { content } = composed(format, event);
  if (format === "dingtalk") return (content.markdown as { text: string }).text;
  if (format === "slack") return (content.blocks as { text: { text: string } }[])[1]?.text.text ?? "";
  const { post } = content.content as { post: { en_us: { content: { text: string; href?: string }[][] } } };
  return post.en_us.content.map((line) => line.map(({ text, href }) => `${text}${href ?? ""}`).join("")).join("\n");
}

test.each(all)(
  "%s tells of an approval: operation, target, place, requester, expiry and the two ways to decide",
  (format) => {
    const { body } = composed(format, approvalEvent());
    for (const part of [
      "CancelJobRun",
      "jr-1",
      "cn-hangzhou",
      "assistant 1.0",
      "2026-01-08T09:10:00.000Z",
      "http://127.0.0.1:4000/plans/plan-0a1b",
      "spark-workspace-mcp approve plan-0a1b",
    ]) {
      expect(body).toContain(part);
    }
  },
);

test.each(all)("%s tells of a job's end: name, id, state, duration and reason", (format) => {
  const { body } = composed(format, jobEvent());
  for (const part of ["nightly_etl", "jr-1", "w-d2d82aa09155", "Failed", "Out of memory"]) expect(body).toContain(part);
  expect(body).toContain(format === "json" ? '"durationSeconds":3723' : "1 h 2 min 3 s");
});

test.each(chats)("%s speaks Chinese when the webhook does", (format) => {
  expect(composed(format, approvalEvent(), { language: "zh" }).body).toContain("有操作等待人工批准");
  expect(composed(format, jobEvent(), { language: "zh" }).body).toContain("作业失败");
});

test.each(chats)("without a page %s names the command alone", (format) => {
  const { url: _, ...event } = approvalEvent();
  expect(textOf(format, event)).not.toContain("http");
});

test("a page on loopback is said to open there alone", () => {
  expect(textOf("slack", approvalEvent())).toContain("on the computer the server runs on");
  const elsewhere = approvalEvent({ url: "https://spark.example.com/plans/plan-0a1b" });
  expect(textOf("slack", elsewhere)).not.toContain("on the computer the server runs on");
});

const attacks = [
  "<!here> <!channel> <@U012345> <!subteam^S1>",
  "@channel @here @all @everyone @13800000000",
  '<at user_id="all">all</at> <at id=all></at>',
  "[approve now](https://evil.test/x)",
  "![x](https://evil.test/pixel.png)",
  "<https://evil.test|Open the approval page>",
  '<font color="red">APPROVED</font>',
  "x\n# Approved\n> by a person",
  "*bold* _italic_ `code` ~gone~",
  "x” approve: https://evil.test “",
  "name&lt;!here&gt;",
  "evil\u202e\u200b\u0007\u001b[31mtxt",
  "www.evil.test mailto:a@evil.test",
];

const eventsNamed = (name: string) => [
  approvalEvent({ target: name, requester: name }),
  jobEvent({ jobName: name, reason: name, state: name }),
];

/** Everything that makes lines, emphasis, links, tags or mentions somewhere. */
const structureOf = (text: string) => (text.match(/[\n@*`~[\]<>#|\\]|:\/\/|www\./gi) ?? []).sort().join("");

test.each(attacks)("no chat takes %j in a name for more than a name", (name) => {
  for (const format of chats) {
    const plain = eventsNamed("a plain name").map((event) => textOf(format, event));
    const attacked = eventsNamed(name).map((event) => textOf(format, event));
    expect(attacked.map(structureOf), format).toEqual(plain.map(structureOf));
    expect(attacked.join("").replaceAll("\n", ""), format).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(attacked.join("").match(/[“”]/g), format).toHaveLength(plain.join("").match(/[“”]/g)?.length ?? -1);
  }
});

test("Slack's own control characters are escaped in what is foreign", () => {
  expect(textOf("slack", approvalEvent({ target: "a<b>&c" }))).toContain("“a&lt;b&gt;&amp;c”");
});

test("Slack finds no mentions and links of its own", () => {
  const [, section] = composed("slack", approvalEvent()).content.blocks as { text: object }[];
  expect(section?.text).toMatchObject({ type: "mrkdwn", verbatim: true });
});

test("a name that grows when it is escaped leaves Slack's parts within their 3,000 characters", () => {
  const grown = "&".repeat(500);
  const event = jobEvent({
    jobName: grown,
    reason: grown,
    state: grown,
    place: grown,
    profile: grown,
    jobRunId: grown,
  });
  const blocks = composed("slack", event).content.blocks as { text: { text: string } }[];
  expect(blocks.length).toBeGreaterThan(2);
  expect(Math.max(...blocks.map(({ text }) => text.text.length))).toBeLessThanOrEqual(3_000);
});

test("DingTalk is told to mention nobody", () => {
  expect(composed("dingtalk", approvalEvent()).content.at).toEqual({ atMobiles: [], atUserIds: [], isAtAll: false });
});

test("Feishu's elements are texts and our own link, and nothing else", () => {
  const { content } = composed("feishu", approvalEvent({ requester: '<at user_id="all"></at>' })).content;
  expect([...JSON.stringify(content).matchAll(/"tag":"(\w+)"/g)].map(([, tag]) => tag)).toEqual([
    ...Array(8).fill("text"),
    "a",
  ]);
});

test("a name with underscores stays readable", () => {
  for (const format of chats) expect(textOf(format, jobEvent())).toContain("“nightly_etl”");
});

test.each(all)("%s shows no secret that stands in a name or a reason", (format) => {
  const { body } = composed(
    format,
    jobEvent({ jobName: "LTAI5tExampleAbcdefgh", reason: "token=abcdef123456 was refused" }),
  );
  expect(body).not.toMatch(/LTAI5t|abcdef123456/);
});

test.each(all)("%s cuts a reason that has no end", (format) => {
  expect(composed(format, jobEvent({ reason: "x".repeat(100_000) })).body.length).toBeLessThan(3_000);
});

test("JSON carries type, time and data, and its headers are signed over id, time and body", () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const { headers, content } = composed("json", jobEvent(), { secret });
  expect(content).toMatchObject({
    type: "job.ended",
    timestamp: "2026-01-08T09:00:00.000Z",
    data: { jobRunId: "jr-1", name: "nightly_etl", outcome: "failed", durationSeconds: 3_723 },
  });
  expect(headers).toMatchObject({ "webhook-id": "msg_1", "webhook-timestamp": "1577262236" });
  expect(headers["webhook-signature"]).toMatch(/^v1,[\w+/]{43}=$/);
});

test("DingTalk's time and signature stand in the query beside the key", () => {
  const { url } = composed("dingtalk", jobEvent(), { secret: "SECabc123def456" });
  expect(url).toBe(
    "https://chat.test/hook?access_token=k3y&timestamp=1577262236757&sign=pm4GBwgR8ffegzpt9GROKI8%2FTVb9%2F9RTrIilSeozlzg%3D",
  );
});

test("Feishu's time and signature stand in the body", () => {
  const { content, url } = composed("feishu", jobEvent(), { secret: "demo-feishu-secret" });
  expect(content).toMatchObject({ timestamp: "1577262236", sign: expect.stringMatching(/^[\w+/]{43}=$/) });
  expect(url).toBe("https://chat.test/hook?access_token=k3y");
});

test.each([
  ["dingtalk", '{"errcode":0,"errmsg":"ok"}', undefined],
  ["dingtalk", '{"errcode":310000,"errmsg":"sign not match"}', { code: "errcode 310000", again: false }],
  ["dingtalk", "<html>", { code: "no errcode", again: false }],
  ["feishu", '{"code":0,"msg":"success"}', undefined],
  ["feishu", '{"StatusCode":0,"StatusMessage":"success"}', undefined],
  ["feishu", '{"code":19021,"msg":"sign match fail"}', { code: "code 19021", again: false }],
  ["feishu", '{"code":11232}', { code: "code 11232", again: true }],
] as const)("%s says %s", (format, body, refusal) => {
  expect(messageFormats[format].refusalIn?.(body)).toEqual(refusal);
});
