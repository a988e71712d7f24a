import type { Webhook } from "../config.ts";
import type { NotifyEvent } from "../event.ts";

/** One attempt at a message. Its signature holds a time, so each attempt is composed anew. */
export interface Message {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface Attempt {
  /** The same for every attempt at one message. */
  id: string;
  now: number;
}

export interface MessageFormat {
  compose(event: NotifyEvent, webhook: Webhook, attempt: Attempt): Message;
  /** Some services answer 200 and say in the body that they did not take it: their own code for why. */
  refusalIn?(body: string): { code: string; again: boolean } | undefined;
}
