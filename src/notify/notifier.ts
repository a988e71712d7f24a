import { createHash, randomUUID } from "node:crypto";
import type { Gateway } from "../gateway/gateway.ts";
import { placeOf } from "../gateway/place.ts";
import type { ApprovalAddress, Clock } from "../gateway/types.ts";
import type { Ledger } from "../ledger/types.ts";
import { grammars } from "../operations/grammar.ts";
import type { Webhook } from "./config.ts";
import { createDelivery } from "./delivery.ts";
import type { ApprovalNeeded, JobEnded } from "./event.ts";
import { createJobWatch, type EndedJob, type JobWatch, watchedForMs } from "./job-watch.ts";
import { openReported, type Reported } from "./reported.ts";
import { send } from "./send.ts";

export interface NotifierParts {
  webhooks: readonly Webhook[];
  gateway: Gateway;
  ledger: () => Ledger;
  clock: Clock;
  /** Remembers which ends of jobs were told; made when it is not there. */
  reportedFile: string;
  warn: (message: string) => void;
}

export interface Notifier {
  /** A person has to decide about a plan outside of the client. Told once for each plan. */
  approvalNeeded(planId: string, how: ApprovalAddress): void;
  /** The same gateway, whose submitted jobs are watched to their end. */
  gateway: Gateway;
  close(): Promise<void>;
}

const mostPlansRemembered = 1_000;
const mostIntentsLookedAt = 500;

/** Tells chats and machines what a person should know. It carries no permission: nothing here can approve, send or stop. */
export function createNotifier(parts: NotifierParts): Notifier {
  const { webhooks, gateway, ledger, clock, warn } = parts;
  const delivery = createDelivery({ clock, send, warn });
  const about = { place: placeOf(gateway.where), profile: gateway.where.profile };
  const told = new Set<string>();
  const wanting = (name: "approval-needed" | "job-ended") => webhooks.filter(({ events }) => events.includes(name));
  const jobs = wanting("job-ended").length > 0 ? createJobs() : undefined;

  function createJobs(): { watch: JobWatch; reported: Reported } {
    const reported = openReported(parts.reportedFile, clock.now());
    const watch = createJobWatch({ gateway, clock, language: "en", warn, ended: (job) => tellEnd(job, reported) });
    return { watch, reported };
  }

  function tellEnd(job: EndedJob, reported: Reported): void {
    const { workspaceId, jobRunId, name: jobName, state, outcome, durationMs, reason } = job;
    const event: JobEnded = {
      name: "job-ended",
      at: clock.now(),
      ...about,
      ...{ workspaceId, jobRunId, jobName, state, outcome },
      ...(durationMs !== undefined && { durationMs }),
      ...(reason !== undefined && { reason }),
    };
    for (const webhook of wanting("job-ended")) {
      const key = keyOf(webhook, job);
      if (!reported.claim(key)) continue;
      // The same for whoever tells it, so that a receiver can see a message that came twice.
      const id = `msg_${createHash("sha256").update(key).digest("hex").slice(0, 32)}`;
      delivery.enqueue({ id, webhook, event, leftBehind: () => reported.release(key) });
    }
  }

  const keyOf = (webhook: Webhook, { workspaceId, jobRunId }: { workspaceId: string; jobRunId: string }) =>
    `${about.place} ${workspaceId}/${jobRunId} ${webhook.name}`;

  /** What an earlier server started and nobody told the end of. */
  function takeUp({ watch, reported }: { watch: JobWatch; reported: Reported }): void {
    const since = Math.max(reported.since, clock.now() - watchedForMs);
    for (const intent of ledger().listIntents({ unresolvedOnly: false, limit: mostIntentsLookedAt })) {
      const isOurs = intent.operation === "StartJobRun" && intent.state === "answered" && intent.place === about.place;
      const [workspaceId = ""] = intent.target.split("/");
      const jobRunId = isOurs && intent.createdAt >= since ? jobRunIdOf(parsed(intent.answer ?? "")) : undefined;
      if (jobRunId === undefined) continue;
      const job = { workspaceId, jobRunId, startedAt: intent.createdAt };
      if (wanting("job-ended").some((webhook) => !reported.has(keyOf(webhook, job)))) watch.add(job);
    }
  }
  if (jobs) guard("jobs of earlier sessions are not watched", () => takeUp(jobs));

  function guard(what: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      warn(`webhooks: ${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  let closed: Promise<void> | undefined;
  async function close(): Promise<void> {
    await jobs?.watch.close();
    await delivery.close();
    jobs?.reported.close();
  }

  return {
    approvalNeeded(planId, how) {
      guard("an approval was not told", () => {
        if (wanting("approval-needed").length === 0 || told.has(planId)) return;
        const plan = ledger().findPlan(planId);
        if (!plan) return;
        const [oldest] = told;
        if (oldest !== undefined && told.size >= mostPlansRemembered) told.delete(oldest);
        told.add(planId);
        const { operation, target, requester, expiresAt } = plan;
        const event: ApprovalNeeded = {
          name: "approval-needed",
          at: clock.now(),
          ...about,
          ...{ operation, target, requester, expiresAt },
          ...how,
        };
        for (const webhook of wanting("approval-needed")) {
          const id = `msg_${randomUUID().replaceAll("-", "")}`;
          delivery.enqueue({ id, webhook, event, worthlessAt: expiresAt });
        }
      });
    },
    gateway: {
      ...gateway,
      async run(operation, input, context) {
        const outcome = await gateway.run(operation, input, context);
        if (operation !== "StartJobRun" || outcome.kind !== "done") return outcome;
        const jobRunId = jobRunIdOf(outcome.value);
        const { workspaceId } = { workspaceId: undefined, ...input };
        if (jobRunId !== undefined && typeof workspaceId === "string") {
          jobs?.watch.add({ workspaceId, jobRunId, startedAt: clock.now() });
        }
        return outcome;
      },
    },
    close() {
      closed ??= close();
      return closed;
    },
  };
}

function jobRunIdOf(answer: unknown): string | undefined {
  if (typeof answer !== "object" || answer === null || !("jobRunId" in answer)) return undefined;
  const { jobRunId } = answer;
  return typeof jobRunId === "string" && grammars.jobRunId.pattern.test(jobRunId) ? jobRunId : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
