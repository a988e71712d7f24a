import { maskKnown } from "../known-secrets.ts";
import type { KyuubiTarget } from "./address.ts";
import { loadCodec, NotThrift } from "./codec.ts";
import { exchange } from "./exchange.ts";
import type { FailureCode } from "./result.ts";
import { serverError } from "./server-error.ts";
import { type FunctionName, type Request, type Response, type Status, statusCode } from "./tcli.ts";

/** What went wrong with one call. */
export interface CallFailure {
  kind: "call-failed";
  code: FailureCode;
  message: string;
  /** False where the service has certainly done nothing for it. */
  acted: boolean;
  /** The service itself answered, so this is its last word on the call. */
  answered: boolean;
  sqlState?: string;
  errorClass?: string;
}

export type Reply<Name extends FunctionName> =
  | { kind: "reply"; response: Response<Name>; notices: readonly string[] }
  | CallFailure;

export interface Link {
  call<Name extends FunctionName>(name: Name, request: Request<Name>, signal: AbortSignal): Promise<Reply<Name>>;
  /** Nobody waits for this call but the end of the session. */
  aside(call: Promise<unknown>): void;
  /** When no call is under way aside. */
  settled(): Promise<unknown>;
  /** Takes secrets out of a text that will be shown. */
  shown(text: string): string;
}

export const maxAnswerBytes = 32 * 1024 * 1024;

/** Calls of the service over HTTP, a failure being a value. */
export function createLink(target: KyuubiTarget): Link {
  let sequence = 0;
  const asides = new Set<Promise<unknown>>();
  const shown = (text: string) => maskKnown(text, target.secrets);

  async function call<Name extends FunctionName>(
    name: Name,
    request: Request<Name>,
    signal: AbortSignal,
  ): Promise<Reply<Name>> {
    const codec = await loadCodec();
    sequence = (sequence + 1) & 0x7fffffff;
    const expected = sequence;
    const answer = await exchange(target, codec.encodeCall(name, expected, request), { signal, maxAnswerBytes });
    if (answer.kind === "failed") return { ...answer, kind: "call-failed", answered: false };
    try {
      const response = codec.decodeReply(name, expected, answer.body);
      const { status } = response as { status?: Status };
      return failureOf(status) ?? { kind: "reply", response, notices: (status?.infoMessages ?? []).map(shown) };
    } catch (error) {
      if (!(error instanceof NotThrift)) throw error;
      const message = shown(`${target.origin.host} did not answer as a HiveServer2: ${error.message}.`);
      return { kind: "call-failed", code: "not_thrift", message, acted: true, answered: false };
    }
  }

  function failureOf(status: Status | undefined): CallFailure | undefined {
    switch (status?.statusCode) {
      case statusCode.success:
      case statusCode.successWithInfo:
      case statusCode.stillExecuting:
        return undefined;
      case statusCode.error:
      case statusCode.invalidHandle: {
        const { message, ...details } = serverError(status);
        const gone =
          status.statusCode === statusCode.invalidHandle || /Invalid (Session|Operation)Handle/i.test(message);
        const code = gone ? "session_lost" : "sql_error";
        return { kind: "call-failed", code, message: shown(message), acted: !gone, answered: true, ...details };
      }
      default:
        throw new NotThrift("it gives no status");
    }
  }

  return {
    call,
    aside(call) {
      const ended = call.finally(() => asides.delete(ended));
      asides.add(ended);
    },
    settled: () => Promise.all(asides),
    shown,
  };
}
