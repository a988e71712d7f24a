import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../gateway/types.ts";
import type { Webhook } from "./config.ts";
import type { NotifyEvent } from "./event.ts";
import type { SendResult } from "./send.ts";

export interface DeliveryParts {
  clock: Clock;
  send: (
    webhook: Webhook,
    event: NotifyEvent,
    attempt: { id: string; now: number },
    signal: AbortSignal,
  ) => Promise<SendResult>;
  /** Gets names and reasons, never an address. */
  warn: (message: string) => void;
}

export interface Parcel {
  id: string;
  webhook: Webhook;
  event: NotifyEvent;
  /** Not sent after that. */
  worthlessAt?: number;
  /** It was not tried to the end, because there is no room or the program ends. */
  leftBehind?: () => void;
}

export interface Delivery {
  /** Returns at once; whatever goes wrong with the message is logged, and is nobody else's business. */
  enqueue(parcel: Parcel): void;
  /** Gives what is queued two seconds. */
  close(): Promise<void>;
}

const mostQueued = 100;
const waitsMs = [2_000, 10_000, 60_000] as const;
const closeWithinMs = 2_000;

/** One lane for each webhook, so that messages keep their order and a dead receiver holds up no other. */
export function createDelivery({ clock, send, warn }: DeliveryParts): Delivery {
  const ending = new AbortController();
  let closing = false;
  const lanes = new Map<string, Promise<void>>();
  let queued = 0;
  let dropped = 0;

  /** @returns whether it was tried to the end */
  async function deliver({ id, webhook, event, worthlessAt }: Parcel): Promise<boolean> {
    for (let attempt = 0; ; attempt++) {
      if (ending.signal.aborted) return false;
      if (worthlessAt !== undefined && clock.now() >= worthlessAt) {
        warn(`webhook ${webhook.name}: ${event.name} was not sent: it came too late to matter`);
        return true;
      }
      const result = await send(webhook, event, { id, now: clock.now() }, ending.signal);
      if (result.kind === "delivered") return true;
      if (ending.signal.aborted) return false;
      const waitMs = waitsMs[attempt];
      if (!result.again || waitMs === undefined) {
        const times = attempt === 0 ? "once" : `${attempt + 1} times`;
        warn(`webhook ${webhook.name}: ${event.name} was not delivered, tried ${times}: ${result.why}`);
        return true;
      }
      await clock.sleep(Math.max(waitMs, result.afterMs ?? 0), ending.signal).catch(() => undefined);
    }
  }

  async function handle(parcel: Parcel): Promise<void> {
    // Composing and the first use of fetch cost milliseconds, which are not the tool call's.
    await nextTurn();
    try {
      if (!(await deliver(parcel))) parcel.leftBehind?.();
    } catch (error) {
      // The message of an unforeseen error may hold the address.
      const kind = error instanceof Error ? error.name : typeof error;
      warn(`webhook ${parcel.webhook.name}: ${parcel.event.name} was not sent: ${kind}`);
    } finally {
      queued--;
    }
  }

  return {
    enqueue(parcel) {
      const { webhook, event } = parcel;
      if (closing || queued >= mostQueued) {
        dropped++;
        warn(`webhook ${webhook.name}: ${event.name} was dropped, ${queued} wait already (${dropped} dropped so far)`);
        parcel.leftBehind?.();
        return;
      }
      queued++;
      const before = lanes.get(webhook.name) ?? Promise.resolve();
      lanes.set(
        webhook.name,
        before.then(() => handle(parcel)),
      );
    },
    async close() {
      closing = true;
      const all = Promise.all(lanes.values());
      const patience = new AbortController();
      const timeUp = clock.sleep(closeWithinMs, patience.signal).catch(() => undefined);
      await Promise.race([all, timeUp]);
      patience.abort();
      if (queued > 0) warn(`webhooks: ${queued} messages were not delivered before the end`);
      ending.abort();
      await all;
    },
  };
}
