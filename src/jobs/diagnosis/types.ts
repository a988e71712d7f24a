import type { Text } from "../../language.ts";
import type { CodeType, SparkConf } from "../problem.ts";

export type LogSource = "reason" | "stderr" | "stdout" | "syslog";

export interface DiagnosisInput {
  /** As received. */
  readonly state: string;
  readonly stateChangeReason?: { readonly code?: string; readonly message?: string };
  readonly stdoutTail?: string;
  readonly stderrTail?: string;
  readonly syslogTail?: string;
  readonly codeType?: CodeType;
  readonly conf?: SparkConf;
}

export interface Evidence {
  readonly source: LogSource;
  /** Cleaned, capped, secrets masked. Still written by a job: wrap before showing. */
  readonly line: string;
  /** Within the tail given, counted from 0. */
  readonly lineNumber: number;
  /** How many lines of all tails say the same. */
  readonly count: number;
}

export interface Diagnosis {
  readonly rule: string;
  /** Above 0, at most 1: how sure it is that this ended the job, given that the line stands there. */
  readonly confidence: number;
  readonly evidence: Evidence;
  readonly cause: Text;
  readonly fix: Text;
  /** Settings the advice is about, with their value in this job: null where it was not set, `?` where the value is no ordinary one. */
  readonly settings: Readonly<Record<string, string | null>>;
  /** Where the message is made or the threshold comes from. */
  readonly origin: string;
}

export interface Rule {
  readonly id: string;
  readonly confidence: number;
  /**
   * Matched against one cleaned line at a time. Named groups fill `{name}` in cause and fix; each admits only letters,
   * digits and . _ $ / - so that a log cannot put a sentence into our mouth.
   */
  readonly pattern: RegExp;
  /** A line that also matches this does not count. */
  readonly not?: RegExp;
  readonly sources?: readonly LogSource[];
  /** Skipped for a job known to be of another kind. */
  readonly codeTypes?: readonly CodeType[];
  /** Worth saying while the job still runs. */
  readonly whileRunning?: true;
  /** Left out when a rule that is not generic has matched. */
  readonly generic?: true;
  /** Left out when one of these has matched: they are the cause and this the consequence. */
  readonly after?: readonly string[];
  readonly settings?: readonly string[];
  readonly cause: Text;
  readonly fix: Text;
  readonly origin: string;
}
