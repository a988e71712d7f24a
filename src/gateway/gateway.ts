import type { Ledger } from "../ledger/types.ts";
import { createCloudCaller } from "./cloud-call.ts";
import { consentTo } from "./consent.ts";
import { blockedByEarlier, lookUpEarlier } from "./earlier.ts";
import { createFailureCounter } from "./failures.ts";
import { masked } from "./mask.ts";
import { type Addressed, isRefused, refuse } from "./refuse.ts";
import { parse } from "./steps/1-parse.ts";
import { authorise, judgeSql, refuseQueue, targetOf } from "./steps/2-authorise.ts";
import { readFacts } from "./steps/3-precheck.ts";
import type { Approved } from "./steps/5-approve.ts";
import { recheck } from "./steps/6-recheck.ts";
import { execute } from "./steps/7-execute.ts";
import { type Observation, verify } from "./steps/8-verify.ts";
import { record } from "./steps/9-record.ts";
import type {
  Call,
  CallContext,
  Done,
  Executed,
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
  /** Where the credentials were found, with nothing secret in it; absent where nobody said. */
  credentials?: string;
}

export function createGateway(parts: GatewayParts): Gateway {
  const { profile, clock, newToken } = parts;
  const failures = createFailureCounter();
  const where: Where = {
    environment: profile.environment,
    profile: profile.name,
    cloud: profile.cloud,
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
    const parsed = parse(operation, input, { where, language: context.language });
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
    const consent = consentTo({
      call,
      context,
      ledger: ledger(),
      clock,
      newToken,
      outOfBand: parts.outOfBand,
      fourEyes: context.principal !== undefined && parts.fourEyes?.() === true,
    });
    if (consent.refusal) return { call, outcome: consent.refusal };
    const earlier = await lookUpEarlier({ call, ledger: ledger(), clock, callCloud, signal: context.signal });
    if (earlier && isRefused(earlier)) return { call, outcome: earlier };
    if (earlier) return { call, outcome: doneWith(call, earlier, { bound: {}, context: {} }, { settled: true }) };
    const seen = await readFacts({ call, callCloud, signal: context.signal });
    if (isRefused(seen)) return { call, outcome: seen };
    const notAdmitted = refuseQueue(call, profile, seen);
    if (notAdmitted) return { call, outcome: notAdmitted };
    // Before anybody is asked: a yes would be spent on what is not sent.
    const blocked = blockedByEarlier(call, ledger(), clock.now());
    if (blocked) return { call, outcome: blocked };
    const settled = await consent.settle(seen);
    if (settled.kind !== "free" && settled.kind !== "approved") return { call, outcome: settled };
    const approved = settled.kind === "approved" ? settled.approved : undefined;
    // The reads above came after the yes, so they are the second look as well.
    const drifted = approved && recheck(call, approved.plan, seen);
    if (drifted) return { call, approved, outcome: drifted };

    const executed = await execute({
      call,
      context,
      callCloud,
      ledger,
      clock,
      newToken,
      mintSecret: parts.mintSecret,
      failures,
      ...(approved && { planId: approved.planId }),
    });
    if (executed.kind !== "answered") return { call, ...(approved && { approved }), outcome: executed };

    const observed = await verify(call, executed.body, context, callCloud, clock);
    return {
      call,
      ...(approved && { approved }),
      outcome: {
        ...doneWith(call, executed, seen, observed),
        ...(approved && { approval: shownApproval(approved) }),
      },
    };
  }

  function doneWith(call: Call, executed: Executed, facts: Facts, observed: Observation): Done<unknown> {
    return {
      kind: "done",
      value: masked(call.row, executed.body),
      settled: observed.settled,
      facts,
      where,
      ...(executed.requestId !== undefined && { requestId: executed.requestId }),
      ...(observed.state !== undefined && { observed: observed.state }),
      ...(executed.secret && { secret: executed.secret }),
      ...(executed.foundFromEarlier && { foundFromEarlier: true }),
    };
  }

  return {
    where,
    ...(profile.credentials !== undefined && { credentials: profile.credentials }),
    async run(operation, input, context) {
      let opened: Ledger | undefined;
      const ledger = () => {
        opened ??= parts.ledger();
        return opened;
      };
      try {
        ledger();
      } catch (error) {
        return ledgerUnavailable(operation, { where, language: context.language }, error);
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

function ledgerUnavailable(operation: string, addressed: Addressed, error: unknown): Refused {
  const reason = error instanceof Error ? error.message : String(error);
  return refuse(
    addressed,
    "LEDGER_UNAVAILABLE",
    {
      en: `${operation} was not sent: the ledger cannot be opened (${reason}).`,
      zh: `${operation} 未发送：无法打开账本（${reason}）。`,
    },
    {
      en: "Make the state folder writable; `spark-workspace-mcp doctor` names it.",
      zh: "请让状态目录可写；`spark-workspace-mcp doctor` 会显示其位置。",
    },
  );
}
