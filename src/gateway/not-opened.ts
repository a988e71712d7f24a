import type { OutcomeCode } from "./codes.ts";

/** A gateway could not be made, so no call was carried out: settings, credentials or identity are not as they must be. */
export class NotOpened extends Error {
  readonly code: OutcomeCode;
  /** One sentence that a person can act on. */
  readonly next: string;
  constructor(code: OutcomeCode, problem: string, next: string) {
    super(problem);
    this.name = "NotOpened";
    this.code = code;
    this.next = next;
  }
}
