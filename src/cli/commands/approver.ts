import { hostname } from "node:os";
import { type CodeVerdict, enrolmentUri, newSecret, openAuthenticator } from "../../approval/authenticator.ts";
import { openTerminal } from "../../approval/terminal.ts";
import { systemClock } from "../../gateway/clock.ts";
import { paragraph } from "../../policy/columns.ts";
import { authenticatorFile, foldersOf } from "../folders.ts";

/**
 * Ties an authenticator app to this machine's approvals.
 * @returns exit code: 0 enrolled, 3 not enrolled
 */
export async function enrolApprover(): Promise<number> {
  const file = authenticatorFile(foldersOf(process.env));
  const authenticator = openAuthenticator(file);
  if (authenticator.status().enrolled) {
    console.error(
      "Nothing was changed: an authenticator is enrolled. `approver remove` takes it away, with a code of it.",
    );
    return 3;
  }
  const terminal = openTerminal();
  if (!terminal) return noTerminal();
  const secret = newSecret();
  const { toString: draw } = await import("qrcode");
  terminal.say(await draw(enrolmentUri(secret, hostname()), { type: "terminal", small: true }));
  terminal.say(
    `Scan it with an authenticator app, or type this secret into one (time-based, 6 digits):\n\n  ${secret}\n`,
  );
  terminal.say("Nobody will show it to you again. Clear this screen when you are done.");
  const code = await terminal.ask("Code that the app shows now:");
  const outcome = code === undefined ? "wrong" : authenticator.enrol(secret, code, systemClock.now());
  if (outcome === "enrolled") {
    terminal.say(`Enrolled. From now on nothing is approved without a code of the app. The secret is in ${file}.`);
    return 0;
  }
  const why = outcome === "wrong" ? "the code is not right" : "an authenticator was enrolled meanwhile";
  console.error(`Nothing was changed: ${why}. Check this computer's clock if it goes on.`);
  return 3;
}

/**
 * Takes the authenticator away; needs a code of it.
 * @returns exit code: 0 removed, 3 not removed
 */
export async function removeApprover(): Promise<number> {
  const authenticator = openAuthenticator(authenticatorFile(foldersOf(process.env)));
  if (!authenticator.status().enrolled) {
    console.error("Nothing was changed: no authenticator is enrolled.");
    return 3;
  }
  const terminal = openTerminal();
  if (!terminal) return noTerminal();
  const code = await terminal.ask("Code of your authenticator app:");
  const verdict: CodeVerdict = code === undefined ? { kind: "wrong" } : authenticator.remove(code, systemClock.now());
  if (verdict.kind === "accepted") {
    terminal.say("Removed. Approvals outside of the client need no code now.");
    return 0;
  }
  console.error(`Nothing was changed: ${reasons[verdict.kind]}.`);
  return 3;
}

const reasons = {
  wrong: "the code is not right",
  used: "that code has counted already; wait for the next one",
  locked: "too many wrong codes; try again later",
} as const;

/** @returns exit code */
export function approverStatus(): number {
  const file = authenticatorFile(foldersOf(process.env));
  const status = openAuthenticator(file).status();
  if (!status.enrolled) {
    console.log(
      paragraph(
        "No authenticator is enrolled: any program on this computer could approve on the page or in a terminal. `spark-workspace-mcp approver enroll` ties approvals to an app on your phone.",
      ),
    );
    return 0;
  }
  console.log(`An authenticator is enrolled since ${new Date(status.since).toISOString()}, in ${file}.`);
  const until = status.lockedUntil ?? 0;
  if (until > systemClock.now()) {
    console.log(`Too many wrong codes were given: none counts before ${new Date(until).toISOString()}.`);
  }
  return 0;
}

function noTerminal(): number {
  console.error("Nothing was changed: a person has to be at a terminal, and input or output is none.");
  return 3;
}
