import type { HttpMethod } from "../operations/types.ts";

/** One request as it will stand on the wire, before signing. */
export interface WireRequest {
  operation: string;
  method: HttpMethod;
  /** Every segment percent-encoded. */
  path: string;
  query: Readonly<Record<string, string>>;
  /** Parameters that stand once for each of their values. */
  repeatedQuery?: Readonly<Record<string, readonly string[]>>;
  body?: Readonly<Record<string, unknown>>;
}

export interface SendOptions {
  /** Milliseconds until the call counts as unanswered. */
  deadlineMs: number;
  signal: AbortSignal;
  /** The gateway has found that it changes nothing, whatever the operation could do. */
  reads?: true;
}

/** What came of a request. Only `not-sent` is certain to have had no effect. */
export type CloudAnswer =
  | { kind: "answered"; body: unknown; requestId?: string }
  | {
      kind: "rejected";
      status: number;
      /** As the service spells it; empty when it gave none. */
      code: string;
      message: string;
      requestId?: string;
      /** The service asks to wait that long. */
      retryAfterMs?: number;
      /** RAM action the caller lacks, when the service names it. */
      missingPermission?: string;
    }
  | { kind: "not-sent"; reason: "no-credentials" | "unreachable" | "guard" | "cancelled"; message: string }
  | { kind: "lost"; message: string };

export interface CloudTransport {
  /** Stands in the paths of a cloud that has projects. */
  projectId?: string;
  /** Never throws for anything the network or the service does. */
  send(request: WireRequest, options: SendOptions): Promise<CloudAnswer>;
}
