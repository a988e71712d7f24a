import type { IncomingMessage, ServerResponse } from "node:http";
import type { Language } from "../language.ts";
import type { Ledger, StoredPlan } from "../ledger/types.ts";
import { fourEyesProblem } from "../policy/four-eyes.ts";
import type { Authenticator } from "./authenticator.ts";
import { createDecider, type Decided, type Wish } from "./decide.ts";
import { createFormTokens } from "./form-tokens.ts";
import { readForm } from "./guard.ts";
import type { Html } from "./html.ts";
import { framed } from "./layout.ts";
import { waitingPlans } from "./plans.ts";
import { listView, messageView, type Problem, planPath, planView } from "./views.ts";
import { languageFor, words } from "./words.ts";

export interface PlanPagesParts {
  ledger: Ledger;
  authenticator: Authenticator;
  clock: { now(): number };
  /** For readers whose browser asks for neither English nor Chinese. */
  language: Language;
  /** Whether nobody may decide what they asked for themselves; absent: they may. */
  fourEyes?: () => boolean;
}

/** One request of a person's browser, after whoever serves it has made sure that it is one. */
export interface Visit {
  url: URL;
  /** Of the style sheet, as the response's policy names it. */
  nonce: string;
  /** Where the pages stand: empty, or `/approvals`. */
  base: string;
  /** Who signed in; absent on a page for whoever sits at this machine. */
  person?: { name: string; session: string; header(language: Language): Html };
}

const planRoute = /^\/plans\/([A-Za-z0-9-]{1,80})$/;

/** The pages on which a person reads plans and decides them, wherever they are served. */
export function createPlanPages(parts: PlanPagesParts) {
  const { ledger, authenticator, clock, language, fourEyes } = parts;
  const decider = createDecider({ ledger, authenticator, clock, by: "page", ...(fourEyes && { fourEyes }) });
  const tokens = createFormTokens();

  return async function serve(request: IncomingMessage, response: ServerResponse, visit: Visit): Promise<void> {
    const { url, nonce, base, person } = visit;
    const path = url.pathname.slice(base.length) || "/";
    const planId = planRoute.exec(path)?.[1];
    const reader = languageOf(request, url, language);
    const show = (status: number, title: string, body: Html) =>
      send(
        response,
        status,
        framed({
          title,
          language: reader,
          nonce,
          path: planId ? planPath(base, planId) : `${base}/`,
          body,
          ...(person && { person: person.header(reader) }),
        }),
      );
    const text = words[reader];
    const isPost = request.method === "POST" && planId !== undefined;
    if (request.method !== "GET" && !isPost) {
      response.setHeader("allow", planId === undefined ? "GET" : "GET, POST");
      return sendText(response, 405, "Not allowed.");
    }
    try {
      if (path === "/") {
        return show(200, text.list.title, listView(waitingPlans(ledger, clock.now()), reader, base));
      }
      const plan = planId === undefined ? undefined : ledger.findPlan(planId);
      if (!plan) return show(404, text.problems.notFound, messageView(text.problems.notFound, "", reader, base));
      if (!isPost) return showPlan(plan, 200);

      const form = await readForm(request);
      if (!form) {
        response.setHeader("connection", "close");
        return showPlan(plan, 413, { text: text.problems.tooLong });
      }
      const typed = form.get("name") ?? "";
      if (!tokens.take(form.get("token") ?? "", formOf(plan), clock.now())) {
        return showPlan(plan, 403, { text: text.problems.stale }, typed);
      }
      const wish = wishOf(form);
      if (!wish) return showPlan(plan, 400, { text: text.problems.choose }, typed);
      const decided = decider.decide(plan.planId, wish, person?.name);
      const isOver = decided.kind === "decided" || ["unknown", "not-waiting", "expired"].includes(decided.why);
      if (isOver) return redirect(response, `${planPath(base, plan.planId)}?lang=${reader}`);
      const { status, problem } = problemOf(decided);
      return showPlan(plan, status, problem, typed);
    } catch {
      // Ledger or authenticator cannot be read: nothing is decided, and nothing of the reason is anybody's here.
      return show(500, text.problems.title, messageView(text.problems.title, text.problems.broken, reader, base));
    }

    /** A form is read and sent by one person. */
    function formOf({ planId: id }: StoredPlan): string {
      return `${id} ${person?.session ?? ""}`;
    }

    function showPlan(shown: StoredPlan, status: number, problem?: Problem, typed?: string): void {
      const now = clock.now();
      const waits = shown.state === "waiting" && now <= shown.expiresAt;
      const isOwn = person && fourEyes?.() === true && fourEyesProblem(shown, person.name) === "own-plan";
      const told = problem ?? (waits && isOwn ? { text: text.problems["own-plan"] } : undefined);
      const body = planView({
        plan: shown,
        language: reader,
        base,
        now,
        enrolled: authenticator.status().enrolled,
        signedIn: person !== undefined,
        ...(waits && !isOwn && { token: tokens.issue(formOf(shown), now) }),
        ...(told && { problem: told }),
        ...(typed !== undefined && { typed }),
      });
      show(status, problem ? text.problems.title : text.plan.title, body);
    }

    function problemOf(refused: Exclude<Decided, { kind: "decided" }>): { status: number; problem: Problem } {
      switch (refused.why) {
        case "locked":
          return { status: 429, problem: lockedProblem(response, refused.until - clock.now(), text.problems.locked) };
        case "wrong-name":
          return { status: 422, problem: { text: text.problems["wrong-name"], field: "name" } };
        case "wrong-code":
        case "used-code":
          return { status: 422, problem: { text: text.problems[refused.why], field: "code" } };
        case "own-plan":
        case "unknown-person":
        case "no-app":
          return { status: 403, problem: { text: text.problems[refused.why] } };
        default:
          return { status: 409, problem: { text: text.problems.stale } };
      }
    }
  };
}

/** Says so to the person, and to a program in the header. */
export function lockedProblem(response: ServerResponse, lasts: number, text: (minutes: number) => string): Problem {
  const seconds = Math.max(1, Math.ceil(lasts / 1_000));
  response.setHeader("retry-after", String(seconds));
  return { text: text(Math.ceil(seconds / 60)) };
}

export function languageOf(request: IncomingMessage, url: URL, fallback: Language): Language {
  return languageFor(url.searchParams.get("lang"), request.headers["accept-language"], fallback);
}

function wishOf(form: URLSearchParams): Wish | undefined {
  const verdict = form.get("verdict");
  if (verdict === "declined") return { verdict };
  if (verdict !== "approved") return undefined;
  return { verdict, name: form.get("name") ?? "", code: form.get("code") ?? "" };
}

export function redirect(response: ServerResponse, location: string): void {
  response.setHeader("location", location);
  send(response, 303, "");
}

export function send(response: ServerResponse, status: number, page: string): void {
  response.writeHead(status, { "content-type": "text/html; charset=utf-8" }).end(page);
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
}
