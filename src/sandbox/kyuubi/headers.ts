import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from "node:http";

/** RFC 9110, section 7.6.1: they concern one connection only. */
const hopByHop = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/**
 * The client's credentials end here; `expect` was answered here. Cookies, too: HiveServer2 lets a client in by a cookie
 * that it once gave, and a token that has been withdrawn must not live on in one.
 */
const notForwarded = ["authorization", "cookie", "expect", "host"];
const notReturned = ["set-cookie", "set-cookie2", "www-authenticate"];

export function requestHeaders(request: Pick<IncomingMessage, "headers">): OutgoingHttpHeaders {
  return without(request.headers, notForwarded);
}

export function responseHeaders(response: Pick<IncomingMessage, "headers">): OutgoingHttpHeaders {
  return without(response.headers, notReturned);
}

function without(headers: IncomingHttpHeaders, names: readonly string[]): OutgoingHttpHeaders {
  const listed = (headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  const dropped = new Set([...hopByHop, ...names, ...listed]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}
