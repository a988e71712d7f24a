import { createInterface } from "node:readline/promises";
import type { ElicitRequest, ElicitResult } from "@modelcontextprotocol/client";
import type { Page } from "./page.ts";

export interface Approvals {
  /** Answers a question of the server, as the host of an assistant would. */
  answer(request: ElicitRequest): Promise<ElicitResult>;
  asked(): number;
  /** Time of the last answer: a job is measured from there, not from when somebody began to read. */
  answeredAt(): number;
}

export interface ApprovalChoice {
  yes: boolean;
  page: Page;
  /** How many questions there will be. */
  expected: number;
  /** Ends a question that is still open. */
  signal: AbortSignal;
}

/** Puts every question to the person at the terminal in full; with --yes it approves and says so. */
export function createApprovals({ yes, page, expected, signal }: ApprovalChoice): Approvals {
  let asked = 0;
  let answeredAt = 0;
  return {
    async answer({ params }) {
      asked += 1;
      const field = "requestedSchema" in params ? Object.keys(params.requestedSchema.properties)[0] : undefined;
      const number = `Question ${asked} of ${expected}`;
      // Nothing here asks for a typed name; a question that does is not one for a script to answer.
      const approved = field === "approve" && (yes || (await askPerson(number, params.message, page, signal)));
      if (yes) page.say(`${number}: ${shortened(params.message)}? ${approved ? "Approved by --yes." : "Declined."}`, 2);
      answeredAt = Date.now();
      return approved ? { action: "accept", content: { approve: true } } : { action: "decline" };
    },
    asked: () => asked,
    answeredAt: () => answeredAt,
  };
}

/** The question's own first words: `About to execute: PutObject, target: "oss://lake/a.py", impact: ...` */
function shortened(message: string): string {
  const [, operation, target] = /^About to execute: (\w+), target: (".*?"), impact: /.exec(message) ?? [];
  return operation === undefined ? (message.split("\n", 1)[0] ?? "") : `${operation} ${target}`;
}

async function askPerson(number: string, message: string, page: Page, signal: AbortSignal): Promise<boolean> {
  page.blank();
  page.say(`${number}:`);
  for (const line of message.split("\n")) page.say(line, 2);
  return askAtTerminal(signal);
}

/** Ctrl-D is a no; Ctrl-C interrupts the whole quickstart. */
async function askAtTerminal(signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("no")));
  // While a line is read the terminal sends no signal of its own.
  terminal.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    for (;;) {
      const answer = terminal.question("    Approve? (yes/no) ", { signal });
      const said = (await Promise.race([answer, closed])).trim().toLowerCase();
      if (said === "y" || said === "yes") return true;
      if (said === "n" || said === "no") return false;
    }
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    terminal.close();
  }
}
