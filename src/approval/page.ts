import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Ledger, StoredPlan } from "../ledger/types.ts";
import type { Language } from "../policy/types.ts";
import type { Authenticator } from "./authenticator.ts";
import { createDecider, type Decided, type Wish } from "./decide.ts";
import { createFormTokens } from "./form-tokens.ts";
import { foreignRequest, readForm, setGuardHeaders } from "./guard.ts";
import type { Html } from "./html.ts";
import { framed } from "./layout.ts";
import { waitingPlans } from "./plans.ts";
import { listView, messageView, type Problem, planPath, planView } from "./views.ts";
import { languageFor, words } from "./words.ts";

export interface PageParts {
  ledger: Ledger;
  authenticator: Authenticator;
  clock: { now(): number };
  /** For readers whose browser asks for neither English nor Chinese. */
  language: Language;
}

export interface ApprovalPage {
  /** Where a person reads and decides the plan. Holds the plan's id and nothing that would let anybody decide. */
  url(planId: string): string;
  close(): Promise<void>;
}

const planRoute = /^\/plans\/([A-Za-z0-9-]{1,80})$/;

/** A page on this machine, on any free port, for a person to read plans on and decide them. */
export async function startApprovalPage({ ledger, authenticator, clock, language }: PageParts): Promise<ApprovalPage> {
  const decider = createDecider({ ledger, authenticator, clock, by: "page" });
  const tokens = createFormTokens();
  let authority = "";

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const nonce = setGuardHeaders(response);
    const foreign = foreignRequest(request, authority);
    if (foreign !== undefined) return sendText(response, 403, foreign);
    const { pathname, searchParams } = new URL(request.url ?? "/", `http://${authority}`);
    const planId = planRoute.exec(pathname)?.[1];
    const reader = languageFor(searchParams.get("lang"), request.headers["accept-language"], language);
    const show = (status: number, title: string, body: Html) =>
      send(response, status, framed({ title, language: reader, nonce, path: planId ? planPath(planId) : "/", body }));
    const text = words[reader];
    const isPost = request.method === "POST" && planId !== undefined;
    if (request.method !== "GET" && !isPost) {
      response.setHeader("allow", planId === undefined ? "GET" : "GET, POST");
      return sendText(response, 405, "Not allowed.");
    }
    try {
      if (pathname === "/") return show(200, text.list.title, listView(waitingPlans(ledger, clock.now()), reader));
      const plan = planId === undefined ? undefined : ledger.findPlan(planId);
      if (!plan) return show(404, text.problems.notFound, messageView(text.problems.notFound, "", reader));
      if (!isPost) return showPlan(plan, 200);

      const form = await readForm(request);
      if (!form) {
        response.setHeader("connection", "close");
        return showPlan(plan, 413, { text: text.problems.tooLong });
      }
      const typed = form.get("name") ?? "";
      if (!tokens.take(form.get("token") ?? "", plan.planId, clock.now())) {
        return showPlan(plan, 403, { text: text.problems.stale }, typed);
      }
      const wish = wishOf(form);
      if (!wish) return showPlan(plan, 400, { text: text.problems.choose }, typed);
      const decided = decider.decide(plan.planId, wish);
      const isOver = decided.kind === "decided" || ["unknown", "not-waiting", "expired"].includes(decided.why);
      if (isOver) {
        response.setHeader("location", `${planPath(plan.planId)}?lang=${reader}`);
        return send(response, 303, "");
      }
      const { status, problem } = problemOf(decided);
      return showPlan(plan, status, problem, typed);
    } catch {
      // Ledger or authenticator cannot be read: nothing is decided, and nothing of the reason is anybody's here.
      return show(500, text.problems.title, messageView(text.problems.title, text.problems.broken, reader));
    }

    function showPlan(shown: StoredPlan, status: number, problem?: Problem, typed?: string): void {
      const now = clock.now();
      const waits = shown.state === "waiting" && now <= shown.expiresAt;
      const { enrolled } = authenticator.status();
      const body = planView({
        plan: shown,
        language: reader,
        now,
        enrolled,
        ...(waits && { token: tokens.issue(shown.planId, now) }),
        ...(problem && { problem }),
        ...(typed !== undefined && { typed }),
      });
      show(status, problem ? text.problems.title : text.plan.title, body);
    }

    function problemOf(refused: Exclude<Decided, { kind: "decided" }>): { status: number; problem: Problem } {
      switch (refused.why) {
        case "locked": {
          const seconds = Math.max(1, Math.ceil((refused.until - clock.now()) / 1_000));
          response.setHeader("retry-after", String(seconds));
          return { status: 429, problem: { text: text.problems.locked(Math.ceil(seconds / 60)) } };
        }
        case "wrong-name":
          return { status: 422, problem: { text: text.problems["wrong-name"], field: "name" } };
        case "wrong-code":
        case "used-code":
          return { status: 422, problem: { text: text.problems[refused.why], field: "code" } };
        default:
          return { status: 409, problem: { text: text.problems.stale } };
      }
    }
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
    url: (planId) => `http://${authority}${planPath(planId)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function wishOf(form: URLSearchParams): Wish | undefined {
  const verdict = form.get("verdict");
  if (verdict === "declined") return { verdict };
  if (verdict !== "approved") return undefined;
  return { verdict, name: form.get("name") ?? "", code: form.get("code") ?? "" };
}

function send(response: ServerResponse, status: number, page: string): void {
  response.writeHead(status, { "content-type": "text/html; charset=utf-8" }).end(page);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
}
