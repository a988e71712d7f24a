import { openAuthenticator } from "../approval/authenticator.ts";
import type { Terminal } from "../approval/terminal.ts";
import { systemClock } from "../gateway/clock.ts";
import { authenticatorFile, type Folders } from "./folders.ts";

export type Confirmed =
  /** `code`: the enrolled app's code was given too; without an app none is asked for. */
  { ok: true; code: boolean } | { ok: false; why: string };

/**
 * The proof that a decision outside of the client takes, beside a plan: the name typed, and the enrolled app's code.
 * @param question says what is confirmed and asks for the name
 */
export async function confirmOnTerminal(
  terminal: Terminal,
  { question, name, folders }: { question: string; name: string; folders: Folders },
): Promise<Confirmed> {
  const typed = await terminal.ask(question);
  if (typed === undefined) return refused("the person left");
  if (typed !== name) return refused(`that is not ${name}`);
  const authenticator = openAuthenticator(authenticatorFile(folders));
  if (!authenticator.status().enrolled) return { ok: true, code: false };
  const code = await terminal.ask("Code of your authenticator app:");
  if (code === undefined) return refused("the person left");
  const checked = authenticator.check(code, systemClock.now());
  switch (checked.kind) {
    case "accepted":
      return { ok: true, code: true };
    case "wrong":
      return refused("the code is not right");
    case "used":
      return refused("that code has counted already; wait for the next one");
    case "locked":
      return refused(`too many wrong answers; try again after ${new Date(checked.until).toLocaleTimeString()}`);
  }
}

function refused(why: string): Confirmed {
  return { ok: false, why };
}
