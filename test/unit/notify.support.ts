import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../src/gateway/types.ts";
import type { Webhook } from "../../src/notify/config.ts";
import type { ApprovalNeeded, JobEnded } from "../../src/notify/event.ts";
import { onCleanUp } from "../doubles/sandbox-emr.ts";

/** The other side of a webhook on loopback. */
export interface Receiver {
  url: string;
  received: { method: string; path: string; headers: IncomingHttpHeaders; body: string }[];
  /** Resolves when so many requests are there. */
  until(count: number): Promise<void>;
}

export interface Answer {
  status: number;
  body?: string;
  headers?: Record<string, string>;
}

/** Gives the answers in turn, the last one for ever; `hang` never answers, `endless` never ends. */
export async function startReceiver(...answers: (Answer | "hang" | "endless")[]): Promise<Receiver> {
  const received: Receiver["received"] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      received.push({ method, path: url, headers, body: Buffer.concat(chunks).toString("utf8") });
      const answer = answers[Math.min(received.length, answers.length) - 1] ?? { status: 200 };
      if (answer === "endless") response.writeHead(200).write("x".repeat(200_000));
      else if (answer !== "hang") response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onCleanUp(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    until: (count) => eventually(() => received.length >= count),
  };
}

export async function eventually(holds: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    if (holds()) return;
    await delay(10);
  }
  throw new Error("it never came to hold");
}

/** Sleeps a hundredth of what is asked, and remembers it. */
export function hastyClock(): Clock & { slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    now: () => Date.now(),
    async sleep(milliseconds, signal) {
      slept.push(milliseconds);
      await delay(milliseconds / 100, undefined, { signal });
    },
  };
}

export function webhookTo(url: string, change: Partial<Webhook> = {}): Webhook {
  return { name: "team", url, format: "json", events: ["approval-needed", "job-ended"], language: "en", ...change };
}

const about = {
  at: Date.parse("2026-01-08T09:00:00Z"),
  place: "cloud, cn-hangzhou, AccessKey LTAI****Abcd",
  profile: "team",
};

export function approvalEvent(change: Partial<ApprovalNeeded> = {}): ApprovalNeeded {
  return {
    name: "approval-needed",
    ...about,
    operation: "CancelJobRun",
    target: "jr-1",
    requester: "assistant 1.0",
    url: "http://127.0.0.1:4000/plans/plan-0a1b",
    command: "spark-workspace-mcp approve plan-0a1b",
    expiresAt: Date.parse("2026-01-08T09:10:00Z"),
    ...change,
  };
}

export function jobEvent(change: Partial<JobEnded> = {}): JobEnded {
  return {
    name: "job-ended",
    ...about,
    workspaceId: "w-d2d82aa09155",
    jobRunId: "jr-1",
    jobName: "nightly_etl",
    state: "Failed",
    outcome: "failed",
    durationMs: 3_723_000,
    reason: "Out of memory",
    ...change,
  };
}
