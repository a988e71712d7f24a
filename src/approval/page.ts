import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { foreignRequest, setGuardHeaders } from "./guard.ts";
import { createPlanPages, type PlanPagesParts, sendText } from "./plan-pages.ts";
import { planPath } from "./views.ts";

export interface ApprovalPage {
  /** Where a person reads and decides the plan. Holds the plan's id and nothing that would let anybody decide. */
  url(planId: string): string;
  close(): Promise<void>;
}

/** A page on this machine, on any free port, for a person to read plans on and decide them. */
export async function startApprovalPage(parts: PlanPagesParts): Promise<ApprovalPage> {
  const servePlans = createPlanPages(parts);
  let authority = "";

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const nonce = setGuardHeaders(response);
    const foreign = foreignRequest(request, { host: authority, origin: `http://${authority}` });
    if (foreign !== undefined) return sendText(response, 403, foreign);
    const url = new URL(request.url ?? "/", `http://${authority}`);
    return servePlans(request, response, { url, nonce, base: "" });
  }

  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    serve(request, response).catch(() => {
      if (!response.headersSent) sendText(response, 500, "Internal error.");
      else response.destroy();
    });
  });
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  // A page nobody looks at keeps no process alive.
  server.unref();
  authority = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: (planId) => `http://${authority}${planPath("", planId)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
