import { visible } from "../../approval/plans.ts";
import { openTerminal, type Terminal } from "../../approval/terminal.ts";
import type { Profile } from "../../clouds/profile.ts";
import { systemClock } from "../../gateway/clock.ts";
import { NotOpened } from "../../gateway/not-opened.ts";
import { placeOf } from "../../gateway/place.ts";
import { openLedger } from "../../ledger/sqlite.ts";
import type { Ledger, StandingApproval } from "../../ledger/types.ts";
import { grammars } from "../../operations/grammar.ts";
import { columns, entry } from "../../policy/columns.ts";
import { problemsOfGrant, type StandingBounds, type StandingTerms } from "../../policy/standing.ts";
import { classesForbiddenToTainted } from "../../policy/strength.ts";
import type { RiskClass } from "../../policy/types.ts";
import { identified } from "../caller.ts";
import { confirmOnTerminal } from "../confirm-on-terminal.ts";
import { foldersOf, ledgerFile } from "../folders.ts";
import { readSettings } from "../settings.ts";
import type { Target } from "../target.ts";
import { fourEyesOf } from "../team-file.ts";
import { readPolicy } from "../workbench.ts";

export interface GrantOptions {
  workspace: string;
  uses: number;
  for: string;
  queue?: string;
  name?: string;
  cu?: number;
  cuHours?: number;
  principal?: string;
}

const margin = 12;

/**
 * Has the person at the terminal allow requests in advance.
 * @returns exit code: 0 granted, 1 settings or policy cannot be used, 2 bad usage, 3 not granted
 */
export async function grantStanding(
  operation: string,
  options: GrantOptions,
  terminal: Terminal | undefined = openTerminal(),
): Promise<number> {
  const folders = foldersOf(process.env);
  const settings = await readSettings(process.env, folders);
  if (!settings.ok) return notGranted(1, `${settings.problem}. ${settings.fix}`);
  const loaded = readPolicy(folders.config, settings.target.profile.cloud);
  if (!loaded.ok) return notGranted(1, `the policy is invalid:\n${loaded.problems.join("\n")}`);
  const rule = loaded.policy.rule(operation);
  if (!rule) return notGranted(2, `there is no operation ${operation} with a rule`);

  if (options.principal !== undefined && fourEyesOf(folders)()) {
    return notGranted(2, "the team wants four eyes, so nothing is allowed in advance for its people");
  }

  const now = systemClock.now();
  let target: Target;
  try {
    target = await identified(settings.target);
  } catch (error) {
    if (!(error instanceof NotOpened)) throw error;
    return notGranted(1, `${error.problem.en}. ${error.next.en}`);
  }
  const bounds = boundsOf(operation, options, target.profile);
  const terms: StandingTerms = { uses: options.uses, createdAt: now, expiresAt: now + millisecondsOf(options.for) };
  const problems = [...problemsOfForm(options), ...problemsOfGrant(rule, bounds, terms, loaded.policy.limits)];
  if (problems.length > 0) return notGranted(2, problems.join("; "));

  if (!terminal) return notGranted(3, "a person has to be at a terminal, and input or output is none");
  terminal.say(grantInFull(bounds, terms, rule.risk));
  const question = `\nTo allow this, type ${bounds.workspaceId}:`;
  const confirmed = await confirmOnTerminal(terminal, { question, name: bounds.workspaceId, folders });
  if (!confirmed.ok) return notGranted(3, confirmed.why);
  return withLedger((ledger) => {
    const { standingId } = ledger.grantStanding({
      ...bounds,
      ...terms,
      strength: confirmed.code ? "out-of-band+code" : "out-of-band",
      grantedBy: confirmed.code ? "terminal+code" : "terminal",
    });
    terminal.say(
      `Granted as ${standingId}. \`spark-workspace-mcp standing revoke ${standingId}\` takes it back at once.`,
    );
    return 0;
  });
}

export function listStanding(options: { json?: boolean }): number {
  return withLedger((ledger) => {
    const now = systemClock.now();
    const all = ledger.listStanding().map((standing) => ({ ...standing, state: stateOf(standing, now) }));
    if (options.json) console.log(JSON.stringify(all.map(asData), null, 2));
    else if (all.length === 0) console.log("Nothing is allowed in advance.");
    else console.log(all.map(inShort).join("\n\n"));
    return 0;
  });
}

/** Needs no proof: it only takes away. */
export function revokeStanding(id: string): number {
  return withLedger((ledger) => {
    const revoked =
      /^\d{1,15}$/.test(id) && ledger.revokeStanding(Number(id), { by: "terminal", at: systemClock.now() });
    if (revoked) console.log(`Revoked: ${id} admits nothing from now on.`);
    else console.error(`Nothing was revoked: there is no standing approval ${visible(id)}, or it was revoked before.`);
    return revoked ? 0 : 2;
  });
}

function boundsOf(operation: string, options: GrantOptions, profile: Profile): StandingBounds {
  const { workspace, queue, name, cu, cuHours, principal } = options;
  return {
    operation,
    profile: profile.name,
    place: placeOf({ ...profile, profile: profile.name }),
    workspaceId: workspace,
    ...(principal !== undefined && { principal }),
    ...(queue !== undefined && { queue }),
    ...(name !== undefined && { name }),
    ...(cu !== undefined && { maxCu: cu }),
    ...(cuHours !== undefined && { maxCuHours: cuHours }),
  };
}

function problemsOfForm({ workspace, cu, cuHours, uses }: GrantOptions): string[] {
  const { pattern, allowed, example } = grammars.workspaceId;
  const isBound = (value: number | undefined) => value === undefined || value > 0;
  return [
    ...(pattern.test(workspace) ? [] : [`--workspace is ${allowed}, for example ${example}`]),
    ...(isBound(cu) && isBound(cuHours) ? [] : ["--cu and --cu-hours are positive numbers"]),
    ...(Number.isInteger(uses) ? [] : ["--uses is a whole number"]),
  ];
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90m`, `8h`, `7d`; NaN for anything else, which no bound admits. */
function millisecondsOf(duration: string): number {
  const [, count, unit = ""] = /^(\d{1,6})([mhd])$/.exec(duration) ?? [];
  return Number(count ?? Number.NaN) * (unitMs[unit] ?? Number.NaN);
}

function grantInFull(bounds: StandingBounds, terms: StandingTerms, risk: RiskClass): string {
  const lines: Array<[label: string, text: string | undefined]> = [
    ["operation", bounds.operation],
    ["workspace", bounds.workspaceId],
    ["queue", bounds.queue],
    ["job name", bounds.name],
    ["size", bounds.maxCu === undefined ? undefined : `at most ${bounds.maxCu} CU a job`],
    ["cost", bounds.maxCuHours === undefined ? undefined : `at most ${bounds.maxCuHours} CU-hours a job`],
    ["in all", bounds.maxCuHours === undefined ? undefined : `at most ${bounds.maxCuHours * terms.uses} CU-hours`],
    ["where", `${bounds.place}, profile ${bounds.profile}`],
    ["for", bounds.principal ?? "calls on this machine, not those of people who signed in over HTTP"],
    ["uses", String(terms.uses)],
    ["until", new Date(terms.expiresAt).toISOString()],
    ["risk", risk],
  ];
  return [
    "From now on the assistant may do this without asking:",
    ...lines.flatMap(([label, text]) => (text === undefined ? [] : [entry(label, visible(text), margin)])),
    "-".repeat(columns),
    bounds.operation === "StartJobRun"
      ? "Name, queue and cost are bounded; what the job does is not: it can be any program."
      : "Each use is one request; what it names within the workspace is not bounded.",
    ...(classesForbiddenToTainted.has(risk)
      ? ["It counts in the environment `development` alone, and not once a session has read logs."]
      : []),
  ].join("\n");
}

type Listed = StandingApproval & { state: string };

function stateOf({ revokedAt, expiresAt, used, uses }: StandingApproval, now: number): string {
  if (revokedAt !== undefined) return "revoked";
  if (expiresAt <= now) return "expired";
  return used >= uses ? "used up" : "active";
}

function inShort(standing: Listed): string {
  const { standingId, state, operation, workspaceId, queue, name, maxCu, maxCuHours, used, uses } = standing;
  const within = [
    ...(queue === undefined ? [] : [`queue ${queue}`]),
    ...(name === undefined ? [] : [`name ${name}`]),
    ...(maxCu === undefined ? [] : [`${maxCu} CU`]),
    ...(maxCuHours === undefined ? [] : [`${maxCuHours} CU-hours`]),
  ];
  return [
    `${standingId}  ${state}`,
    entry("  what", visible(`${operation} in ${workspaceId}`), margin),
    ...(within.length > 0 ? [entry("  within", visible(within.join(", ")), margin)] : []),
    entry("  where", visible(`${standing.place}, profile ${standing.profile}`), margin),
    entry("  used", `${used} of ${uses}`, margin),
    entry("  until", new Date(standing.expiresAt).toISOString(), margin),
  ].join("\n");
}

function asData({ createdAt, expiresAt, revokedAt, ...rest }: Listed): Record<string, unknown> {
  const moment = (at: number) => new Date(at).toISOString();
  return {
    ...rest,
    createdAt: moment(createdAt),
    expiresAt: moment(expiresAt),
    ...(revokedAt !== undefined && { revokedAt: moment(revokedAt) }),
  };
}

function notGranted(code: number, why: string): number {
  console.error(`Nothing was granted: ${why}.`);
  return code;
}

function withLedger(work: (ledger: Ledger) => number): number {
  const ledger = openLedger(ledgerFile(foldersOf(process.env)));
  try {
    return work(ledger);
  } finally {
    ledger.close();
  }
}
