import type { Profile } from "../clouds/profile.ts";
import type { CloudTransport } from "../clouds/transport.ts";
import type { Language } from "../language.ts";
import type { MintSecret } from "../ledger/secret-files.ts";
import type { Ledger } from "../ledger/types.ts";
import type { DliRequests, DliResponses } from "../operations/dli/types.gen.ts";
import type { EmrRequests, EmrResponses } from "../operations/emr/types.gen.ts";
import type { KyuubiRequests, KyuubiResponses } from "../operations/kyuubi/types.ts";
import type { ObsRequests, ObsResponses } from "../operations/obs/types.ts";
import type { OssRequests, OssResponses } from "../operations/oss/types.ts";
import type { Cloud, OperationRow } from "../operations/types.ts";
import type { InputProblem } from "../operations/validate.ts";
import type { Fact } from "../policy/facts.ts";
import type { LoadedPolicy } from "../policy/load.ts";
import type { Role } from "../policy/roles.ts";
import type { SqlVerdict } from "../policy/sql-risk.ts";
import type { ApprovalStrength, OperationRule, Policy } from "../policy/types.ts";
import type { OutcomeCode } from "./codes.ts";

export type Requests = EmrRequests & OssRequests & KyuubiRequests & DliRequests & ObsRequests;
export type Responses = EmrResponses & OssResponses & KyuubiResponses & DliResponses & ObsResponses;
export type Operation = keyof Requests;

/** Where a call went (or would have gone). Stands in every answer. */
export interface Where {
  environment: Profile["environment"];
  profile: string;
  cloud: Profile["cloud"];
  regionId: string;
  endpoint: string;
  identity: string;
}

/** In the language of the call. */
export interface FieldProblem extends Omit<InputProblem, "problem"> {
  problem: string;
}

/** A fact that is not what it was when the person was asked. */
export interface Drift {
  fact: string;
  before: Fact;
  now: Fact;
}

export interface Done<T> {
  kind: "done";
  value: T;
  requestId?: string;
  /** State of the target as last seen, in the service's spelling. */
  observed?: string;
  /** False: the hoped-for state was not yet seen when the call ended. */
  settled: boolean;
  facts: Facts;
  /** It had taken effect when it was sent before; nothing was sent now. */
  foundFromEarlier?: true;
  /** A secret was made for it: where it lies, and as much of it as may be shown. */
  secret?: { file: string; masked: string };
  /** How a person approved; absent when none had to. `by`: it was given in advance, by `standing:3`. */
  approval?: { planId: string; strength: ApprovalStrength; by?: string };
  where: Where;
  /** Number and head of the audit chain after this call. */
  audit?: AuditMark;
}

export interface Refused {
  kind: "refused";
  code: OutcomeCode;
  /** One sentence saying what did not happen and why. */
  what: string;
  /** What to do now. */
  next: string;
  fields?: readonly FieldProblem[];
  changes?: readonly Drift[];
  cloud?: { code: string; message: string; status: number; requestId?: string };
  where: Where;
  audit?: AuditMark;
}

/** A person has to decide; nothing was sent. The question is theirs, never the model's. */
export interface Ask {
  kind: "ask";
  plan: Plan;
  where: Where;
}

/** A person has to decide outside of the client; nothing was sent. The same call goes on once they have. */
export interface Awaiting {
  kind: "awaiting";
  plan: Plan;
  /** What a person can open or type. Holds nothing that would let anybody else decide. */
  how: ApprovalAddress;
  /** Not whoever asks: with four eyes somebody else has to. */
  byAnother?: true;
  where: Where;
}

export interface ApprovalAddress {
  /** Page on this machine; absent where none can be served. */
  url?: string;
  command: string;
}

/** Sent, and nobody knows whether it took effect. Must not be repeated before it is looked up. */
export interface Unknown {
  kind: "unknown";
  code: "OUTCOME_UNKNOWN";
  what: string;
  next: string;
  where: Where;
  audit?: AuditMark;
}

export type Outcome<T> = Done<T> | Refused | Ask | Awaiting | Unknown;

export interface AuditMark {
  sequence: number;
  head: string;
}

export interface Facts {
  /** Bound to an approval. */
  bound: Readonly<Record<string, Fact>>;
  /** Shown, free to change. */
  context: Readonly<Record<string, Fact>>;
}

/** What the person is shown beyond the facts. */
export interface Review {
  details: ReadonlyArray<{ label: string; text: string }>;
  cost?: { cu: number; cuHours?: number };
}

export interface Plan {
  planId: string;
  operation: string;
  target: string;
  requestDigest: string;
  planDigest: string;
  facts: Facts;
  review: Review;
  /** The whole question, composed by the server alone. */
  question: string;
  requiredStrength: ApprovalStrength;
  expiresAt: number;
}

/** How this call can reach a person, and what they answered when this is the second round. */
export interface Approver {
  /** The best that asking through this channel can prove; `none`: nobody can be asked. */
  strength: ApprovalStrength;
  answer?: { planId: string; decision: "accepted" | "declined" | "cancelled"; typedName?: string };
}

/** What a session remembers between calls. */
export interface Session {
  /** Text that a job or a cloud's user wrote has been read, and may have steered whoever reads it. */
  tainted: boolean;
}

/** Whom the server authenticated, over HTTP. */
export interface Principal {
  name: string;
  roles: readonly Role[];
}

export interface CallContext {
  signal: AbortSignal;
  language: Language;
  /** Name of the client. */
  requester: string;
  /** Their name is part of what an approval is bound to. */
  principal?: Principal;
  session: Session;
  approver: Approver;
  /** Steps a person may want to watch; `of` is given when the end is known. */
  progress?: (message: string, step?: { done: number; of?: number }) => void;
}

export interface Clock {
  now(): number;
  /** Rejects with the signal's reason when aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** What the gateway is made of. Functions where opening costs something that not every call needs. */
export interface GatewayParts {
  profile: Profile;
  policy: () => LoadedPolicy;
  /** Says whether SQL only reads; what nobody can tell of counts as the worst. */
  classifySql?: (sql: string) => Promise<SqlVerdict>;
  ledger: () => Ledger;
  transport: (cloud: Cloud) => Promise<CloudTransport>;
  clock: Clock;
  /** Where a person can decide outside of the client; absent where nobody could. */
  outOfBand?: (planId: string) => Promise<ApprovalAddress>;
  /** Whether somebody else has to decide what a principal asks for; absent: no. */
  fourEyes?: () => boolean;
  /** Makes the secrets that services let their callers choose; absent where none can be kept. */
  mintSecret?: MintSecret;
  /** Unguessable, at least 128 bits, letters and digits. */
  newToken: () => string;
}

/** What step 7 came to, where the cloud answered. */
export interface Executed {
  kind: "answered";
  body: unknown;
  requestId?: string;
  secret?: NonNullable<Done<unknown>["secret"]>;
  /** It was sent, and took effect, before this call. */
  foundFromEarlier?: true;
}

/** A call that passed the first two steps. */
export interface Call {
  row: OperationRow;
  /** What of it counts for this very call. */
  rule: OperationRule;
  /** Of a call that carries SQL. */
  sql?: SqlVerdict;
  policy: Policy;
  input: Readonly<Record<string, unknown>>;
  target: string;
  /** The workspace it names, as the row spells it; of DLI the queue, or the pool where it names no queue. */
  workspaceId?: string;
  requestDigest: string;
  where: Where;
  /** In which its answers are. */
  language: Language;
}
