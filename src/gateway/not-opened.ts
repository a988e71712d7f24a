import type { Text } from "../language.ts";
import type { OutcomeCode } from "./codes.ts";

/** A gateway could not be made, so no call was carried out: settings, credentials or identity are not as they must be. */
export class NotOpened extends Error {
  readonly code: OutcomeCode;
  /** Without a full stop, to stand within a sentence. The message is its English. */
  readonly problem: Text;
  /** One sentence that a person can act on. */
  readonly next: Text;
  constructor(code: OutcomeCode, problem: Text, next: Text) {
    super(problem.en);
    this.name = "NotOpened";
    this.code = code;
    this.problem = problem;
    this.next = next;
  }
}
