import type { NotifyEvent } from "../event.ts";
import { foreignLine, mostOf } from "../foreign-text.ts";
import { standardSignature } from "../signatures.ts";
import { tell } from "../words.ts";
import type { MessageFormat } from "./message.ts";

const types = { "approval-needed": "approval.needed", "job-ended": "job.ended", test: "webhook.test" } as const;

/** Standard Webhooks: type, timestamp and data; what is about the delivery stands in headers, and is signed. */
export const json: MessageFormat = {
  compose(event, { url, secret, language }, { id, now }) {
    const seconds = Math.floor(now / 1_000);
    const body = JSON.stringify({
      type: types[event.name],
      timestamp: new Date(event.at).toISOString(),
      data: { title: tell(event, language).title, ...dataOf(event) },
    });
    return {
      url,
      headers: {
        "content-type": "application/json; charset=utf-8",
        "webhook-id": id,
        "webhook-timestamp": String(seconds),
        ...(secret !== undefined && { "webhook-signature": standardSignature(secret, { id, seconds, body }) }),
      },
      body,
    };
  },
};

function dataOf(event: NotifyEvent): Record<string, unknown> {
  const where = { place: foreignLine(event.place, mostOf.place), profile: foreignLine(event.profile) };
  switch (event.name) {
    case "approval-needed":
      return {
        operation: event.operation,
        target: foreignLine(event.target),
        requester: foreignLine(event.requester),
        ...where,
        approve: { ...(event.url !== undefined && { url: event.url }), command: event.command },
        expiresAt: new Date(event.expiresAt).toISOString(),
      };
    case "job-ended":
      return {
        jobRunId: foreignLine(event.jobRunId),
        workspaceId: foreignLine(event.workspaceId),
        name: foreignLine(event.jobName),
        state: foreignLine(event.state),
        outcome: event.outcome,
        ...where,
        ...(event.durationMs !== undefined && { durationSeconds: Math.round(event.durationMs / 1_000) }),
        ...(event.reason !== undefined && { reason: foreignLine(event.reason, mostOf.reason) }),
      };
    case "test":
      return where;
  }
}
