import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readWebhooks, type WebhooksResult } from "../../src/notify/config.ts";
import { newDataFolder } from "../doubles/sandbox-emr.ts";

const key = "T0K3NofTheChat";
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

function read(text: string, environment: NodeJS.ProcessEnv = {}, files: Record<string, string> = {}): WebhooksResult {
  const folder = newDataFolder();
  for (const [name, content] of Object.entries({ "webhooks.yaml": text, ...files })) {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
  }
  return readWebhooks({ folder, environment, language: "en" });
}

function one(lines: string): string {
  return `version: 1\nwebhooks:\n  - name: team\n${lines
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n")}\n`;
}

function problems(result: WebhooksResult): string {
  return result.kind === "unusable" ? result.problems.join("\n") : `none: ${result.kind}`;
}

const slack = `url: https://hooks.slack.com/services/T0/B0/${key}\nformat: slack\nevents: [approval-needed]`;

test("without a file there is no webhook", () => {
  expect(readWebhooks({ folder: newDataFolder(), environment: {}, language: "en" })).toEqual({ kind: "none" });
});

test("an address may stand in the file, in the environment or in a file of its own", () => {
  const url = `https://hooks.slack.com/services/T0/B0/${key}`;
  const rest = "format: slack\nevents: [job-ended]";
  for (const result of [
    read(one(`url: ${url}\n${rest}`)),
    read(one(`url: {env: CHAT}\n${rest}`), { CHAT: url }),
    read(one(`url: {file: chat.url}\n${rest}`), {}, { "chat.url": `${url}\n` }),
  ]) {
    expect(result).toMatchObject({ kind: "read", webhooks: [{ name: "team", url, language: "en" }] });
  }
});

test("a secret comes from the environment or a file", () => {
  const text = (where: string) => one(`url: https://x.test\nformat: json\nevents: [job-ended]\nsecret: ${where}`);
  const expected = { kind: "read", webhooks: [{ secret }] };
  expect(read(text("{env: SIGNING}"), { SIGNING: secret })).toMatchObject(expected);
  expect(read(text("{file: signing}"), {}, { signing: `${secret}\n` })).toMatchObject(expected);
});

test.each([
  ["an unknown key", `${slack}\nchannel: general`, "unknown key channel"],
  ["an unknown format", slack.replace("format: slack", "format: teams"), "format"],
  ["an unknown event", slack.replace("approval-needed", "everything"), "events.0"],
  ["no event", slack.replace("approval-needed", ""), "events"],
  ["http to another machine", slack.replace("https:", "http:"), "team: url is not https"],
  ["another scheme", slack.replace("https:", "file:"), "team: url is not https"],
  ["what is no address", slack.replace("https://", ""), "team: url is not an address"],
  ["a password in the address", slack.replace("https://", "https://me:pw@"), "user name or password"],
  ["a secret in the file", `${slack.replace("slack\n", "json\n")}\nsecret: ${secret}`, "never the value itself"],
  ["a secret for Slack", `${slack}\nsecret: {env: SIGNING}`, "know no signature"],
  [
    "a secret that is not set",
    `${slack.replace("format: slack", "format: feishu")}\nsecret: {env: NOT_SET}`,
    "NOT_SET",
  ],
  [
    "a signing secret of another form",
    `${slack.replace("format: slack", "format: json")}\nsecret: {env: WEAK}`,
    "whsec_",
  ],
  ["an address that is a key", `${slack}\nhttps://hooks.slack.com/services/${key}: yes`, "unknown key (not a word)"],
  ["an indentation that is wrong", `${slack}\n  url: https://x.test/${key}\n - [`, "line"],
  ["an address with an alias before it", slack.replace("url: ", "url: *gone "), "line"],
])("%s leaves no webhook, and is named without the address or the secret", (_, lines, problem) => {
  const said = problems(read(one(lines), { SIGNING: secret, WEAK: "hunter2hunter2" }));
  expect(said).toContain(problem);
  expect(said).not.toContain(key);
  expect(said).not.toContain(secret);
  expect(said).not.toContain("hunter2");
});

test("http is for this machine", () => {
  for (const host of ["127.0.0.1:9000", "localhost:9000", "[::1]:9000"]) {
    expect(read(one(slack.replace("https://hooks.slack.com", `http://${host}`))).kind, host).toBe("read");
  }
  expect(problems(read(one(slack.replace("https://hooks.slack.com", "http://127.0.0.1.evil.test"))))).toContain(
    "https",
  );
});

test("two webhooks of one name leave none", () => {
  const text = one(slack);
  expect(problems(read(text + text.split("webhooks:\n")[1]))).toBe("team: there are two of that name");
});

test("a file under another ending is pointed out", () => {
  const folder = newDataFolder();
  writeFileSync(join(folder, "webhooks.yml"), one(slack));
  expect(problems(readWebhooks({ folder, environment: {}, language: "en" }))).toContain("name it webhooks.yaml");
});

test("an address in a file that others can read is told", () => {
  const folder = newDataFolder();
  const file = join(folder, "webhooks.yaml");
  writeFileSync(file, one(slack), { mode: 0o600 });
  expect(readWebhooks({ folder, environment: {}, language: "en" })).toMatchObject({ exposed: false });
  chmodSync(file, 0o644);
  expect(readWebhooks({ folder, environment: {}, language: "en" })).toMatchObject({ exposed: true });
});
