import { createRequestStateCodec, type RequestStateCodec } from "@modelcontextprotocol/server";

/** A plan's own validity is what counts and is checked in the ledger; this bounds what a client can keep. */
const validSeconds = 3_600;

/**
 * Signs what travels through the client between two rounds of a call. It can be read there, but not changed or moved.
 * @param key asked for by the first question; a client that only lists needs none, nor the modules that make one
 */
export function requestStateCodec<State>(key: () => Uint8Array): RequestStateCodec<State> {
  let made: RequestStateCodec<State> | undefined;
  const codec = () => {
    made ??= createRequestStateCodec<State>({
      key: key(),
      ttlSeconds: validSeconds,
      bind: (ctx) => `${ctx.mcpReq.method}\0${ctx.http?.authInfo?.clientId ?? ""}`,
    });
    return made;
  };
  return { mint: (...given) => codec().mint(...given), verify: (...given) => codec().verify(...given) };
}
