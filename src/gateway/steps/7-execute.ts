import { sayIn, type Text } from "../../language.ts";
import { isUnresolved } from "../../ledger/intents.ts";
import type { MintedSecret, MintSecret } from "../../ledger/secret-files.ts";
import type { Attempt, Intent, Ledger } from "../../ledger/types.ts";
import { type CloudCaller, isUncertain } from "../cloud-call.ts";
import { earlierSend, executedBy, howToResolve, refuseEarlier, resumeSince, unknownOutcome } from "../earlier.ts";
import type { FailureCounter } from "../failures.ts";
import { canBeFound, findEarlier } from "../find-earlier.ts";
import { masked, maskText, withoutValue } from "../mask.ts";
import { placeOf } from "../place.ts";
import { isRefused, refuse } from "../refuse.ts";
import { refuseNotSent, refuseRejected } from "../translate.ts";
import type { Call, CallContext, Clock, Executed, Refused, Unknown } from "../types.ts";

export interface Execution {
  call: Call;
  context: CallContext;
  callCloud: CloudCaller;
  ledger: () => Ledger;
  clock: Clock;
  newToken: () => string;
  mintSecret: MintSecret | undefined;
  failures: FailureCounter;
  planId?: string;
}

/** Step 7: the intent is on disk, then the request leaves, once. */
export async function execute(execution: Execution): Promise<Executed | Refused | Unknown> {
  const { call, failures, clock } = execution;
  const paused = failures.pausedFor(call.requestDigest, call.policy.limits.failures, clock.now());
  if (paused > 0) {
    return refuse(
      call,
      "TOO_MANY_FAILURES",
      {
        en: `${call.row.name} was not sent: the same request failed ${call.policy.limits.failures.inARow} times in a row.`,
        zh: `${call.row.name} 未发送：同一请求已连续失败 ${call.policy.limits.failures.inARow} 次。`,
      },
      {
        en: `Stop and look for the reason; it may be tried again in ${Math.ceil(paused / 1_000)} s.`,
        zh: `请停下来查找原因；${Math.ceil(paused / 1_000)} 秒后可以再试。`,
      },
    );
  }
  const result = call.rule.idempotency === "read" ? await sendRead(execution) : await sendWrite(execution);
  if (result.kind === "answered") failures.clear(call.requestDigest);
  else failures.count(call.requestDigest, clock.now());
  return result;
}

async function sendRead({ call, context, callCloud }: Execution): Promise<Executed | Refused | Unknown> {
  const answer = await callCloud({
    row: call.row,
    input: call.input,
    regionId: call.where.regionId,
    timeout: call.rule.timeout,
    repeatable: true,
    reads: true,
    signal: context.signal,
    progress: context.progress,
  });
  switch (answer.kind) {
    case "answered":
      return answer;
    case "not-sent":
      return refuseNotSent(call, answer);
    case "rejected":
      return refuseRejected(call, answer);
    case "lost":
      return refuse(
        call,
        "UNREACHABLE",
        {
          en: `${call.row.name} gave no answer (${answer.message}); nothing was changed, it only reads.`,
          zh: `${call.row.name} 没有应答（${answer.message}）；它只读取，没有更改任何内容。`,
        },
        { en: "Repeat the call.", zh: "请重复该调用。" },
      );
  }
}

async function sendWrite(execution: Execution): Promise<Executed | Refused | Unknown> {
  const { call, context, callCloud, clock, newToken } = execution;
  const { idempotency } = call.rule;
  const ledger = execution.ledger();
  const secret = mintFor(execution);
  if (secret && isRefused(secret)) return secret;
  // On disk before the first byte leaves: after a crash it must be clear that something may be out there.
  const begun = ledger.beginAttempt({
    requestDigest: call.requestDigest,
    operation: call.row.name,
    target: call.target,
    place: placeOf(call.where),
    at: clock.now(),
    resumeSince: resumeSince(call, clock.now()),
    ...((idempotency === "token" || call.rule.find) && { token: newToken() }),
    ...(execution.planId !== undefined && { planId: execution.planId }),
  });
  // Another process has sent it since the question was put.
  if (begun.kind === "blocked") {
    secret?.discard();
    return refuseEarlier(call, begun.intent);
  }
  const { intent, attemptId, resumed } = begun;
  const end = (result: NonNullable<Attempt["result"]>, answer: { body?: string; requestId?: string } = {}) =>
    ledger.endAttempt(attemptId, { result, at: clock.now(), ...answer });

  let answer: Awaited<ReturnType<CloudCaller>>;
  try {
    answer = await callCloud({
      row: call.row,
      input: call.input,
      regionId: call.where.regionId,
      timeout: call.rule.timeout,
      repeatable: idempotency !== "lookup",
      signal: context.signal,
      progress: context.progress,
      ...(intent.token !== undefined && { token: intent.token }),
      ...(secret && { minted: secret.value }),
    });
  } catch (error) {
    end("unknown");
    throw error;
  }

  if (answer.kind === "answered") {
    const body = withoutValue(answer.body, secret?.value);
    end("answered", {
      body: JSON.stringify(masked(call.row, body)),
      ...(answer.requestId !== undefined && { requestId: answer.requestId }),
    });
    return { ...answer, body, ...(secret && { secret: { file: secret.path, masked: maskText(secret.value) } }) };
  }
  if (answer.kind === "lost" || isUncertain(answer) || answer.earlierUncertain) {
    const found = await findLost(execution, intent);
    if (found) {
      end("answered", {
        body: JSON.stringify(masked(call.row, found.body)),
        ...(found.requestId !== undefined && { requestId: found.requestId }),
      });
      return found;
    }
    end("unknown");
    return unknownOutcome(call, intent, secret?.path);
  }
  const state = end(answer.kind);
  secret?.discard();
  const refusal =
    answer.kind === "not-sent" ? refuseNotSent(call, answer) : refuseRejected(call, answer, secret?.value);
  // What became of this attempt settles nothing about an earlier one, or one of another process.
  if (!resumed || !isUnresolved(state)) return refusal;
  const earlier = earlierSend(intent);
  const how = howToResolve(call, intent);
  const say = sayIn(call.language);
  return { ...refusal, next: `${refusal.next}${say(` ${earlier.en}; ${how.en}`, `${earlier.zh}；${how.zh}`)}` };
}

/** When a lost answer is looked for: at once, and again when a list that lags may have caught up. */
const looksAfterMs = [500, 4_000] as const;

async function findLost({ call, context, callCloud, clock }: Execution, intent: Intent): Promise<Executed | undefined> {
  const { token } = intent;
  if (token === undefined || !canBeFound(call, intent)) return undefined;
  for (const waitMs of looksAfterMs) {
    try {
      await clock.sleep(waitMs, context.signal);
    } catch {
      return undefined;
    }
    const finding = await findEarlier(call, token, callCloud, context.signal);
    if (finding.kind === "found") return executedBy(finding);
  }
  return undefined;
}

/** The value that the request is to carry, kept in a file from before it leaves; undefined where it carries none. */
function mintFor({ call, mintSecret }: Execution): MintedSecret | Refused | undefined {
  const { row } = call;
  if (row.minted === undefined || call.input[row.minted] === undefined) return undefined;
  const refused = (why: Text) =>
    refuse(
      call,
      "SECRET_NOT_STORED",
      { en: `${row.name} was not sent: ${why.en}.`, zh: `${row.name} 未发送：${why.zh}。` },
      {
        en: "Make the state folder writable; `spark-workspace-mcp doctor` names it.",
        zh: "请让状态目录可写；`spark-workspace-mcp doctor` 会显示其位置。",
      },
    );
  if (!mintSecret) return refused({ en: "this program keeps no secrets", zh: "本程序不保存密钥" });
  try {
    // A token's own id says nothing of where it is good for.
    const owner = String(call.input.kyuubiServiceId ?? call.input.livyComputeId ?? call.target);
    return mintSecret({ operation: row.name, owner });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refused({ en: `its secret could not be stored (${reason})`, zh: `其密钥无法保存（${reason}）` });
  }
}
