import { matchesPattern } from "./pattern.ts";
import { type Circumstances, classesForbiddenToTainted } from "./strength.ts";
import type { Limits, OperationRule } from "./types.ts";

/** What a person allows in advance: requests within these bounds, from one place. Whatever is not given is not bounded. */
export interface StandingBounds {
  operation: string;
  profile: string;
  /** `sandbox, cn-hangzhou, identity` */
  place: string;
  /** Whom the server authenticated over HTTP; absent: calls without such a person, as on stdio. */
  principal?: string;
  workspaceId: string;
  /** For StartJobRun. */
  queue?: string;
  /** Pattern of the job's name, for StartJobRun. */
  name?: string;
  maxCu?: number;
  maxCuHours?: number;
}

/** A request as it is held against them. */
export interface StandingRequest {
  operation: string;
  profile: string;
  place: string;
  principal?: string | undefined;
  workspaceId?: string | undefined;
  queue?: unknown;
  name?: unknown;
  cost?: { cu: number; cuHours?: number } | undefined;
}

export interface StandingTerms {
  uses: number;
  createdAt: number;
  expiresAt: number;
}

const dayMs = 24 * 60 * 60_000;

/** The one operation that spends and whose whole cost is known before it is sent. */
const priced = "StartJobRun";

/** The only environment in which what does not come back may be allowed in advance. */
const tryingOut = "development";

/** Whether a yes given in advance may count for this rule at all, here and now. */
export function mayStand(rule: OperationRule, { environments, tainted }: Circumstances): boolean {
  if (rule.risk === "forbidden") return false;
  if (rule.risk === "spend" && rule.operation !== priced) return false;
  if (!classesForbiddenToTainted.has(rule.risk)) return true;
  return !tainted && environments.length === 1 && environments[0] === tryingOut;
}

export function covers(bounds: StandingBounds, request: StandingRequest): boolean {
  const { cost } = request;
  return (
    bounds.operation === request.operation &&
    bounds.profile === request.profile &&
    bounds.place === request.place &&
    bounds.principal === request.principal &&
    bounds.workspaceId === request.workspaceId &&
    (bounds.queue === undefined || bounds.queue === request.queue) &&
    (bounds.name === undefined || (typeof request.name === "string" && matchesPattern(bounds.name, request.name))) &&
    isWithin(cost?.cu, bounds.maxCu) &&
    isWithin(cost?.cuHours, bounds.maxCuHours)
  );
}

/** An unknown cost is within no bound. */
function isWithin(value: number | undefined, most: number | undefined): boolean {
  return most === undefined || (value !== undefined && value <= most);
}

/** What was granted before the limits were tightened counts as the limits admit it now. */
export function termsNow({ uses, createdAt, expiresAt }: StandingTerms, { standing }: Limits): StandingTerms {
  return {
    uses: Math.min(uses, standing.maxUses),
    createdAt,
    expiresAt: Math.min(expiresAt, createdAt + standing.maxDays * dayMs),
  };
}

/** Why a person may not allow this in advance; empty when they may. */
export function problemsOfGrant(
  rule: OperationRule,
  bounds: StandingBounds,
  terms: StandingTerms,
  limits: Limits,
): string[] {
  const { maxDays, maxUses } = limits.standing;
  const problems: string[] = [];
  if (rule.risk === "forbidden") return [`${rule.operation} is forbidden, and no approval lifts that`];
  if (rule.risk === "spend" && rule.operation !== priced) {
    return [`what ${rule.operation} costs has no bound that could be known before, so each asks`];
  }
  if (rule.operation === priced) {
    const missing = (["queue", "name", "maxCu", "maxCuHours"] as const).filter((each) => bounds[each] === undefined);
    if (missing.length > 0) problems.push(`${priced} needs ${missing.map((each) => optionOf[each]).join(", ")}`);
  } else if ([bounds.queue, bounds.name, bounds.maxCu, bounds.maxCuHours].some((each) => each !== undefined)) {
    problems.push(`queue, name and CU are bounds of ${priced} alone`);
  }
  if (!(terms.uses >= 1 && terms.uses <= maxUses))
    problems.push(`--uses is from 1 to ${maxUses} (limits: standing.maxUses)`);
  const lasts = terms.expiresAt - terms.createdAt;
  if (!(lasts > 0 && lasts <= maxDays * dayMs))
    problems.push(`--for is at most ${maxDays} days (limits: standing.maxDays)`);
  return problems;
}

const optionOf = { queue: "--queue", name: "--name", maxCu: "--cu", maxCuHours: "--cu-hours" } as const;
