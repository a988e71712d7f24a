import { randomUUID } from "node:crypto";
import { systemClock } from "../../gateway/clock.ts";
import { placeOf } from "../../gateway/place.ts";
import { readWebhooks, type Webhook } from "../../notify/config.ts";
import { send } from "../../notify/send.ts";
import { entry } from "../../policy/columns.ts";
import { foldersOf } from "../folders.ts";
import { readSettings } from "../settings.ts";

const margin = 20;

/** @returns exit code: 0 listed, 2 webhooks.yaml cannot be used */
export async function listWebhooks(options: { json?: boolean }): Promise<number> {
  const webhooks = await configured();
  if (!webhooks) return 2;
  // No address: it is a secret in most of these services.
  const shown = webhooks.map(({ name, format, events, language, secret }) => ({
    name,
    format,
    events,
    language,
    signed: secret !== undefined,
  }));
  if (options.json) console.log(JSON.stringify(shown, null, 2));
  else if (shown.length === 0) console.log("There is no webhook; docs/webhooks.md says how to add one.");
  else {
    for (const { name, format, events, language, signed } of shown) {
      const what = [format, ...events, language, signed ? "signed" : "not signed"];
      console.log(entry(name, what.join(", "), margin));
    }
  }
  return 0;
}

/**
 * Sends a test message once and prints what the other side answered.
 * @returns exit code: 0 every one was delivered, 1 one was not, 2 there is no such webhook, or no file that can be used
 */
export async function testWebhooks(name: string | undefined): Promise<number> {
  const webhooks = await configured();
  if (!webhooks) return 2;
  const chosen = webhooks.filter((webhook) => name === undefined || webhook.name === name);
  if (chosen.length === 0) {
    const names = webhooks.map((webhook) => webhook.name).join(", ") || "none";
    console.error(`Nothing was sent: there is no such webhook; there are: ${names}.`);
    return 2;
  }
  const settings = await readSettings(process.env, foldersOf(process.env));
  if (!settings.ok) {
    console.error(`Nothing was sent: ${settings.problem}. ${settings.fix}`);
    return 2;
  }
  const { profile } = settings.target;
  const where = { place: placeOf({ ...profile, profile: profile.name }), profile: profile.name };
  let failed = false;
  for (const webhook of chosen) {
    const now = systemClock.now();
    const attempt = { id: `msg_${randomUUID().replaceAll("-", "")}`, now };
    const result = await send(webhook, { name: "test", at: now, ...where }, attempt, new AbortController().signal);
    failed ||= result.kind === "failed";
    const outcome = result.kind === "delivered" ? `delivered, HTTP ${result.status}` : `NOT delivered: ${result.why}`;
    console.log(`${webhook.name}: ${outcome}${result.answer ? `; it answered: ${result.answer}` : ""}`);
  }
  return failed ? 1 : 0;
}

async function configured(): Promise<readonly Webhook[] | undefined> {
  const folders = foldersOf(process.env);
  const settings = await readSettings(process.env, folders);
  const language = settings.ok ? settings.language : "en";
  const read = readWebhooks({ folder: folders.config, environment: process.env, language });
  if (read.kind === "none") return [];
  if (read.kind === "read") return read.webhooks;
  console.error(`Webhooks are off: ${read.file}:\n${read.problems.join("\n")}`);
  return undefined;
}
