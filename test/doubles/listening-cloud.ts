import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that remembers every request line it got and answers what the test says. */
export interface ListeningCloud {
  host: string;
  received: Array<{ method: string; url: string }>;
  close(): Promise<void>;
}

export type Answer = (request: IncomingMessage) => { status?: number; body: unknown; headers?: Record<string, string> };

export async function listenAsCloud(
  answer: Answer = () => ({ body: { requestId: "req-1" } }),
): Promise<ListeningCloud> {
  const received: ListeningCloud["received"] = [];
  const server = createServer((request, response) => {
    received.push({ method: request.method ?? "", url: request.url ?? "" });
    request.resume();
    request.on("end", () => {
      const { status = 200, body, headers = {} } = answer(request);
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    received,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a lenient server could take a request line for: decoded up to three times, dot segments resolved. */
export function deletesWorkspace({ method, url }: { method: string; url: string }): boolean {
  if (method !== "DELETE") return false;
  let path = url.split("?")[0] ?? "";
  for (let round = 0; round < 4; round++) {
    const resolved = new URL(`http://h/${path.replaceAll("\\", "/")}`).pathname.replace(/\/+/g, "/").replace(/\/$/, "");
    if (/^\/api\/v1\/workspaces(\/[^/]*)?$/i.test(resolved)) return true;
    try {
      path = decodeURIComponent(path);
    } catch {
      return false;
    }
  }
  return false;
}
