import type { Ledger } from "../ledger/types.ts";
import { requiredStrength } from "../policy/strength.ts";
import { createCloudCaller } from "./cloud-call.ts";
import { createFailureCounter } from "./failures.ts";
import { masked } from "./mask.ts";
import { isRefused, refuse } from "./refuse.ts";
import { parse } from "./steps/1-parse.ts";
import { authorise } from "./steps/2-authorise.ts";
import { readFacts } from "./steps/3-precheck.ts";
import { makePlan } from "./steps/4-plan.ts";
import { type Approved, approve, ask } from "./steps/5-approve.ts";
import { recheck } from "./steps/6-recheck.ts";
import { execute } from "./steps/7-execute.ts";
import { verify } from "./steps/8-verify.ts";
import { record } from "./steps/9-record.ts";
import type {
  Call,
  CallContext,
  Facts,
  GatewayParts,
  Operation,
  Outcome,
  Refused,
  Requests,
  Responses,
  Where,
} from "./types.ts";

/** The one way to a cloud. */
export interface Gateway {
  /**
   * Carries one operation through the nine steps.
   * @returns what came of it; throws only on a bug
   */
  run<Name extends Operation>(
    operation: Name,
    input: Requests[Name],
    context: CallContext,
  ): Promise<Outcome<Responses[Name]>>;
  where: Where;
}

/** A repeat of a request answered this recently is pointed out to the person. */
const recentMs = 10 * 60_000;

export function createGateway(parts: GatewayParts): Gateway {
  const { profile, clock, newToken } = parts;
  const failures = createFailureCounter();
  const where: Where = {
    environment: profile.environment,
    profile: profile.name,
    regionId: profile.regionId,
    endpoint: profile.endpoint,
    identity: profile.identity,
  };

  async function walk(
    operation: string,
    input: Readonly<Record<string, unknown>>,
    context: CallContext,
    ledger: () => Ledger,
  ): Promise<Walked> {
    const parsed = parse(operation, input, where);
    if (isRefused(parsed)) return { outcome: parsed };
    const call = authorise(parsed, parts.policy(), profile, where, context.language);
    if (isRefused(call)) return { outcome: call };

    const callCloud = createCloudCaller({
      transport: parts.transport,
      clock,
      limits: call.policy.limits,
      random: Math.random,
    });
    const look = () => readFacts({ call, callCloud, language: context.language, signal: context.signal });

    let facts: Facts = { bound: {}, context: {} };
    let approved: Approved | undefined;
    if (requiredStrength(call.rule, call.policy.limits) === "none") {
      const seen = await look();
      if (isRefused(seen)) return { call, outcome: seen };
      facts = seen;
    } else if (context.approver.answer) {
      const granted = approve(call, context.approver.answer, context.approver.strength, ledger(), clock.now());
      if (isRefused(granted)) return { call, outcome: granted };
      const seen = await look();
      const drifted = isRefused(seen) ? seen : recheck(call, granted.plan, seen);
      if (drifted) return { call, approved: granted, outcome: drifted };
      if (!isRefused(seen)) facts = seen;
      approved = granted;
    } else {
      const seen = await look();
      if (isRefused(seen)) return { call, outcome: seen };
      const plan = makePlan({
        call,
        facts: seen,
        language: context.language,
        now: clock.now(),
        newToken,
        notices: noticesOf(call, ledger(), clock.now()),
      });
      if (isRefused(plan)) return { call, outcome: plan };
      return { call, outcome: ask(call, plan, context.approver, ledger(), clock.now()) };
    }

    const executed = await execute({
      call,
      context,
      callCloud,
      ledger,
      clock,
      newToken,
      failures,
      ...(approved && { planId: approved.planId }),
    });
    if (executed.kind !== "answered") return { call, ...(approved && { approved }), outcome: executed };

    const observed = await verify(call, executed.body, context, callCloud, clock);
    return {
      call,
      ...(approved && { approved }),
      outcome: {
        kind: "done",
        value: masked(call.row, executed.body),
        settled: observed.settled,
        facts,
        where,
        ...(executed.requestId !== undefined && { requestId: executed.requestId }),
        ...(observed.state !== undefined && { observed: observed.state }),
        ...(approved && { approval: { planId: approved.planId, strength: approved.strength } }),
      },
    };
  }

  return {
    where,
    async run(operation, input, context) {
      let opened: Ledger | undefined;
      const ledger = () => {
        opened ??= parts.ledger();
        return opened;
      };
      try {
        ledger();
      } catch (error) {
        return ledgerUnavailable(operation, where, error);
      }
      const { call, approved, outcome } = await walk(operation, input, context, ledger);
      const audit = record(
        ledger(),
        {
          operation,
          requestDigest: call?.requestDigest ?? "",
          where,
          context,
          now: clock.now(),
          ...(approved && { approval: { planId: approved.planId, strength: approved.strength } }),
        },
        outcome,
      );
      return (outcome.kind === "ask" ? outcome : { ...outcome, audit }) as Outcome<Responses[typeof operation]>;
    },
  };
}

interface Walked {
  call?: Call;
  approved?: Approved;
  outcome: Outcome<unknown>;
}

function noticesOf(call: Call, ledger: Ledger, now: number): string[] {
  const answered = ledger.answeredSince(call.requestDigest, now - recentMs);
  if (!answered) return [];
  const seconds = Math.round((now - answered.createdAt) / 1_000);
  return [`The very same request was already carried out ${seconds} s ago (${answered.answer ?? "no details"}).`];
}

function ledgerUnavailable(operation: string, where: Where, error: unknown): Refused {
  const reason = error instanceof Error ? error.message : String(error);
  return refuse(
    where,
    "LEDGER_UNAVAILABLE",
    `${operation} was not sent: the ledger cannot be opened (${reason}).`,
    "Make the state folder writable; `spark-workspace-mcp doctor` names it.",
  );
}
