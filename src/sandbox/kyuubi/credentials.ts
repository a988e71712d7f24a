import type { IncomingMessage } from "node:http";

/** Where a client of HiveServer2 over HTTP puts its token: into the path, or into the password of HTTP Basic. */
export type Presented = { token: string } | { refused: 401 | 404; message: string };

const unauthorised: Presented = {
  refused: 401,
  message: "A token is needed: httpPath=cliservice/token/<token>, or the password of HTTP Basic.",
};

export function presentedToken(request: Pick<IncomingMessage, "url" | "headers">): Presented {
  const path = (request.url ?? "").replace(/\?.*$/s, "").replace(/^\/+/, "/");
  const inPath = /^\/cliservice\/token\/([A-Za-z0-9._~-]+)\/?$/.exec(path)?.[1];
  if (inPath !== undefined) return { token: inPath };
  if (!/^\/cliservice\/?$/.test(path)) {
    return { refused: 404, message: "Thrift is spoken at /cliservice and at /cliservice/token/<token>." };
  }
  const encoded = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(request.headers.authorization ?? "")?.[1];
  if (encoded === undefined) return unauthorised;
  const pair = Buffer.from(encoded, "base64").toString("utf8");
  const password = pair.includes(":") ? pair.slice(pair.indexOf(":") + 1) : "";
  return password === "" ? unauthorised : { token: password };
}
