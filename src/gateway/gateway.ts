import type { Ledger } from "../ledger/types.ts";
import { environmentsOf } from "../policy/environments.ts";
import { type Circumstances, requiredStrength } from "../policy/strength.ts";
import { createCloudCaller } from "./cloud-call.ts";
import { createFailureCounter } from "./failures.ts";
import { masked } from "./mask.ts";
import { isRefused, refuse } from "./refuse.ts";
import { parse } from "./steps/1-parse.ts";
import { authorise, judgeSql, targetOf } from "./steps/2-authorise.ts";
import { readFacts } from "./steps/3-precheck.ts";
import { makePlan } from "./steps/4-plan.ts";
import { type Approved, ask, burnAnswer, checkAnswer, takeGranted, takeStanding } from "./steps/5-approve.ts";
import { recheck } from "./steps/6-recheck.ts";
import { blockedByEarlier, execute, noticeOfEarlier } from "./steps/7-execute.ts";
import { verify } from "./steps/8-verify.ts";
import { record } from "./steps/9-record.ts";
import type {
  Approver,
  Call,
  CallContext,
  Done,
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
    const loaded = parts.policy();
    const sql = await judgeSql(parsed, loaded, parts.classifySql);
    const call = authorise(parsed, loaded, profile, where, context, sql);
    const target = targetOf(parsed, loaded);
    if (isRefused(call)) return { ...(target !== undefined && { target }), outcome: call };

    const callCloud = createCloudCaller({
      transport: parts.transport,
      clock,
      limits: call.policy.limits,
      random: Math.random,
    });
    const look = () => readFacts({ call, callCloud, language: context.language, signal: context.signal });

    const fourEyes = context.principal !== undefined && parts.fourEyes?.() === true;
    // The client is the requester's own, so with four eyes nobody can be asked through it, and no answer comes from it.
    const approver: Approver = fourEyes ? { strength: "none" } : context.approver;
    // The answer belongs to the write of a tool's call, not to the reads that it makes before.
    const { strength } = approver;
    const answer = call.rule.idempotency === "read" ? undefined : approver.answer;
    const answered = answer && checkAnswer(call, answer, strength, ledger(), clock.now());
    if (answered && isRefused(answered)) return { call, outcome: answered };

    const seen = await look();
    if (isRefused(seen)) return { call, outcome: seen };
    // Before anybody is asked: a yes would be spent on what is not sent.
    const blocked = blockedByEarlier(call, ledger(), clock.now());
    if (blocked) return { call, outcome: blocked };
    const circumstances = circumstancesOf(call, seen, context);
    const required = requiredStrength(call.rule, call.policy.limits, circumstances);
    let granted =
      answer && answered
        ? burnAnswer(call, answered, answer, strength, required, ledger(), clock.now())
        : required !== "none" && takeGranted(call, required, ledger(), clock.now(), fourEyes);
    if (granted && isRefused(granted)) return { call, outcome: granted };
    if (required !== "none" && !granted) {
      const plan = makePlan({
        call,
        facts: seen,
        language: context.language,
        requiredStrength: required,
        now: clock.now(),
        newToken,
        notices: noticesOf(call, ledger(), clock.now()),
      });
      if (isRefused(plan)) return { call, outcome: plan };
      const asking = {
        call,
        plan,
        context: { ...context, approver },
        ledger: ledger(),
        now: clock.now(),
        outOfBand: parts.outOfBand,
        fourEyes,
      };
      // What became of an earlier send is for a person to weigh, however much was allowed in advance. Who allowed it in
      // advance is not known, so it may have been whoever asks.
      const mayStandIn = !fourEyes && noticeOfEarlier(call, ledger()) === undefined;
      granted = mayStandIn ? takeStanding(asking, circumstances) : undefined;
      if (!granted) return { call, outcome: await ask(asking) };
    }
    // The reads above came after the yes, so they are the second look as well.
    const drifted = granted && recheck(call, granted.plan, seen);
    if (granted && drifted) return { call, approved: granted, outcome: drifted };

    const executed = await execute({
      call,
      context,
      callCloud,
      ledger,
      clock,
      newToken,
      mintSecret: parts.mintSecret,
      failures,
      ...(granted && { planId: granted.planId }),
    });
    if (executed.kind !== "answered") return { call, ...(granted && { approved: granted }), outcome: executed };

    const observed = await verify(call, executed.body, context, callCloud, clock);
    return {
      call,
      ...(granted && { approved: granted }),
      outcome: {
        kind: "done",
        value: masked(call.row, executed.body),
        settled: observed.settled,
        facts: seen,
        where,
        ...(executed.requestId !== undefined && { requestId: executed.requestId }),
        ...(observed.state !== undefined && { observed: observed.state }),
        ...(executed.secret && { secret: executed.secret }),
        ...(granted && { approval: shownApproval(granted) }),
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
      const { call, target = call?.target, approved, outcome } = await walk(operation, input, context, ledger);
      const audit = record(
        ledger(),
        {
          operation,
          ...(target !== undefined && { target }),
          requestDigest: call?.requestDigest ?? "",
          where,
          context,
          now: clock.now(),
          ...(approved && { approval: { planId: approved.planId, strength: approved.strength } }),
        },
        outcome,
      );
      const pending = outcome.kind === "ask" || outcome.kind === "awaiting";
      return (pending ? outcome : { ...outcome, audit }) as Outcome<Responses[typeof operation]>;
    },
  };
}

function circumstancesOf(call: Call, facts: Facts, { session }: CallContext): Circumstances {
  // Storage lies in no workspace. One that is yet to be created is known by the name it will get.
  if (call.row.cloud === "oss") return { environments: [], tainted: session.tainted };
  const id = call.workspaceId;
  const name = id === undefined ? call.input.workspaceName : (facts.bound.workspaceName ?? facts.context.workspaceName);
  const workspace = { id, name: typeof name === "string" ? name : undefined };
  return { environments: environmentsOf(call.policy.environments, workspace), tainted: session.tainted };
}

function shownApproval({ planId, strength, by }: Approved): NonNullable<Done<unknown>["approval"]> {
  return { planId, strength, ...(by !== undefined && { by }) };
}

interface Walked {
  call?: Call;
  /** Of a call that was refused before it was one. */
  target?: string;
  approved?: Approved;
  outcome: Outcome<unknown>;
}

function noticesOf(call: Call, ledger: Ledger, now: number): string[] {
  const earlier = noticeOfEarlier(call, ledger);
  if (earlier !== undefined) return [earlier];
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
