import { openAuthenticator } from "../../approval/authenticator.ts";
import { createDecider, type Decided } from "../../approval/decide.ts";
import { plansNamed, waitingPlans } from "../../approval/plans.ts";
import { openTerminal, planInFull, planList, type Terminal } from "../../approval/terminal.ts";
import { systemClock } from "../../gateway/clock.ts";
import { openLedger } from "../../ledger/sqlite.ts";
import type { Ledger, StoredPlan } from "../../ledger/types.ts";
import { approversOfKey } from "../../team/secrets.ts";
import { authenticatorFile, foldersOf, ledgerFile } from "../folders.ts";
import { fourEyesOf, readTeam } from "../team-file.ts";

/**
 * Lists the plans that wait for a person.
 * @returns exit code
 */
export function listApprovals(options: { json?: boolean }): Promise<number> {
  return withLedger((ledger) => {
    const now = systemClock.now();
    const plans = waitingPlans(ledger, now);
    console.log(options.json ? JSON.stringify(plans.map(asData), null, 2) : planList(plans, now));
    return 0;
  });
}

function asData(plan: StoredPlan): Record<string, unknown> {
  const { planId, operation, target, risk, requiredStrength, place, requester, principal, question, facts } = plan;
  const expiresAt = new Date(plan.expiresAt).toISOString();
  return { planId, operation, target, risk, requiredStrength, place, requester, principal, expiresAt, question, facts };
}

/**
 * Shows a plan in full and asks the person at the terminal to decide it.
 * @returns exit code: 0 decided, 2 no such plan, 3 not decided
 */
export async function decidePlan(id: string, verdict: "approved" | "declined"): Promise<number> {
  const terminal = openTerminal();
  if (!terminal) {
    console.error("Nothing was decided: a person has to be at a terminal, and input or output is none.");
    return 3;
  }
  return withLedger(async (ledger) => {
    const now = systemClock.now();
    const [plan, ...more] = plansNamed(ledger, id, now);
    if (!plan || more.length > 0) {
      const found = plan ? `${more.length + 1} waiting requests begin so` : "no waiting request begins so";
      console.error(`Nothing was decided: ${found}. \`spark-workspace-mcp approvals\` lists them.`);
      return 2;
    }
    if (plan.state !== "waiting" || now > plan.expiresAt) return undecided({ kind: "refused", why: whyOver(plan) });
    terminal.say(planInFull(plan, now));
    return verdict === "approved" ? approve(plan, ledger, terminal) : reject(plan, ledger, terminal);
  });
}

async function approve(plan: StoredPlan, ledger: Ledger, terminal: Terminal): Promise<number> {
  const authenticator = openAuthenticator(authenticatorFile(foldersOf(process.env)));
  const { enrolled } = authenticator.status();
  const fourEyes = fourEyesOf(foldersOf(process.env));
  const key = plan.principal !== undefined && fourEyes() ? await terminal.ask("\nYour approval key:", "secret") : "";
  if (key === undefined) return abandoned(terminal);
  const person = key === "" ? undefined : approverOf(key);
  const name = await terminal.ask("\nTo approve, type the target's name:");
  if (name === undefined) return abandoned(terminal);
  const code = enrolled ? await terminal.ask("Code of your authenticator app:") : undefined;
  if (enrolled && code === undefined) return abandoned(terminal);
  const decider = createDecider({ ledger, authenticator, clock: systemClock, by: "terminal", fourEyes });
  const wish = { verdict: "approved", name, ...(code !== undefined && { code }) } as const;
  const decided = decider.decide(plan.planId, wish, person);
  if (decided.kind === "refused") return undecided(decided);
  terminal.say("Approved. It is carried out when the same call is made again.");
  return 0;
}

/** Whose key it is, among the approvers of this machine's team. */
function approverOf(key: string): string | undefined {
  const state = readTeam(foldersOf(process.env));
  return state.ok ? approversOfKey(state.team.people, key)[0]?.name : undefined;
}

async function reject(plan: StoredPlan, ledger: Ledger, terminal: Terminal): Promise<number> {
  const answer = await terminal.ask("\nRefuse it? Type no to refuse, anything else to leave it:");
  if (answer?.toLowerCase() !== "no") return abandoned(terminal);
  const authenticator = openAuthenticator(authenticatorFile(foldersOf(process.env)));
  const fourEyes = fourEyesOf(foldersOf(process.env));
  const decider = createDecider({ ledger, authenticator, clock: systemClock, by: "terminal", fourEyes });
  const decided = decider.decide(plan.planId, { verdict: "declined" });
  if (decided.kind === "refused") return undecided(decided);
  terminal.say("Refused. Nothing was sent, and the same request is not asked again for a while.");
  return 0;
}

function whyOver({ state }: StoredPlan): "not-waiting" | "expired" {
  return state === "waiting" ? "expired" : "not-waiting";
}

function abandoned(terminal: Terminal): number {
  terminal.say("Nothing was decided.");
  return 3;
}

const reasons = {
  unknown: "there is no such request",
  "not-waiting": "it has been decided or replaced already",
  expired: "the request has expired; the assistant can ask again",
  "wrong-name": "that is not the target's name",
  "wrong-code": "the code is not right",
  "used-code": "that code has counted already; wait for the next one",
  "no-app": "policy wants a code of an authenticator app, and none is enrolled: spark-workspace-mcp approver enroll",
  "own-plan": "you asked for this yourself, so another person has to decide it",
  "unknown-person": "somebody of the team asks, so an approver has to decide it, and that is no approver's key",
} as const;

function undecided(refused: Extract<Decided, { kind: "refused" }>): number {
  const reason =
    refused.why === "locked"
      ? `too many wrong answers; try again after ${new Date(refused.until).toLocaleTimeString()}`
      : reasons[refused.why];
  console.error(`Nothing was decided: ${reason}.`);
  return 3;
}

async function withLedger(work: (ledger: Ledger) => number | Promise<number>): Promise<number> {
  const ledger = openLedger(ledgerFile(foldersOf(process.env)));
  try {
    return await work(ledger);
  } finally {
    ledger.close();
  }
}
