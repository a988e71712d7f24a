import type { IncomingMessage, ServerResponse } from "node:http";
import type { Language } from "../language.ts";
import { createFormTokens } from "./form-tokens.ts";
import { foreignRequest, readForm, setGuardHeaders } from "./guard.ts";
import { type Html, html } from "./html.ts";
import { framed } from "./layout.ts";
import {
  createPlanPages,
  languageOf,
  lockedProblem,
  type PlanPagesParts,
  redirect,
  send,
  sendText,
} from "./plan-pages.ts";
import { signInWords } from "./sign-in-words.ts";
import { type Approvers, createSignIns } from "./sign-ins.ts";
import { planPath } from "./views.ts";
import { words } from "./words.ts";

export interface TeamPageParts extends PlanPagesParts {
  approvers: Approvers;
  /** Where people reach it, when that is another address than the one a request names. */
  publicUrl: () => string | undefined;
}

/** Where the pages stand on a team's server. */
export const teamBase = "/approvals";

const signInForm = "sign-in";

/**
 * The same pages for approvers on other machines, behind a sign-in. It takes the approval key alone: a client's token is
 * in the hands of an assistant, and whoever holds that must not be able to decide.
 */
export function createTeamPage(parts: TeamPageParts) {
  const { clock, language, publicUrl } = parts;
  const servePlans = createPlanPages(parts);
  const signIns = createSignIns(parts.approvers);
  const tokens = createFormTokens();
  // Anybody can have the sign-in form; asking for many must not make those of people who signed in worthless.
  const signInTokens = createFormTokens();

  /** @returns whether it was for these pages */
  return async function serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const origin = publicUrl() ?? `http://${request.headers.host}`;
    const url = URL.parse(request.url ?? "/", origin);
    if (!url || (url.pathname !== teamBase && !url.pathname.startsWith(`${teamBase}/`))) return false;
    const nonce = setGuardHeaders(response);
    const foreign = foreignRequest(request, { origin });
    if (foreign !== undefined) {
      sendText(response, 403, foreign);
      return true;
    }
    const cookie = cookieFor(origin);
    const session = cookie.read(request);
    const now = clock.now();
    const name = session === undefined ? undefined : signIns.personOf(session, now);
    const path = url.pathname.slice(teamBase.length);
    if (path === "/sign-in") await serveSignIn();
    else if (session === undefined || name === undefined) redirect(response, signInPath(planIn(path), readerOf()));
    else if (path === "/sign-out") await serveSignOut(session);
    else {
      const person = { name, session, header: (reader: Language) => headerView(name, signOutToken(session), reader) };
      await servePlans(request, response, { url, nonce, base: teamBase, person });
    }
    return true;

    function readerOf(): Language {
      return languageOf(request, url ?? new URL(origin), language);
    }

    function signOutToken(ofSession: string): string {
      return tokens.issue(`sign-out ${ofSession}`, now);
    }

    async function serveSignIn(): Promise<void> {
      const planId = planIn(`/plans/${url?.searchParams.get("plan") ?? ""}`);
      const reader = readerOf();
      const text = signInWords[reader];
      const show = (status: number, problem?: string, typed = "") =>
        send(
          response,
          status,
          framed({
            title: text.title,
            language: reader,
            nonce,
            path: signInPath(planId),
            body: signInView({ planId, reader, typed, token: signInTokens.issue(signInForm, now), problem }),
          }),
        );
      if (request.method === "GET") return show(200);
      if (request.method !== "POST") {
        response.setHeader("allow", "GET, POST");
        return sendText(response, 405, "Not allowed.");
      }
      const form = await readForm(request);
      if (!form) {
        response.setHeader("connection", "close");
        return show(413, words[reader].problems.tooLong);
      }
      const typed = form.get("name") ?? "";
      if (!signInTokens.take(form.get("token") ?? "", signInForm, now)) return show(403, text.stale, typed);
      const signed = signIns.signIn(typed, form.get("key") ?? "", now);
      if (signed.kind === "locked") {
        return show(429, lockedProblem(response, signed.until - now, text.locked).text, typed);
      }
      if (signed.kind === "wrong") return show(422, text.wrong, typed);
      response.setHeader("set-cookie", cookie.write(signed.session));
      redirect(response, `${planId === undefined ? `${teamBase}/` : planPath(teamBase, planId)}?lang=${reader}`);
    }

    async function serveSignOut(ofSession: string): Promise<void> {
      const form = request.method === "POST" ? await readForm(request) : undefined;
      if (!form || !tokens.take(form.get("token") ?? "", `sign-out ${ofSession}`, now)) {
        return redirect(response, `${teamBase}/?lang=${readerOf()}`);
      }
      signIns.signOut(ofSession);
      response.setHeader("set-cookie", cookie.write(""));
      redirect(response, signInPath(undefined, readerOf()));
    }
  };
}

function planIn(path: string): string | undefined {
  return /^\/plans\/([A-Za-z0-9-]{1,80})$/.exec(path)?.[1];
}

function signInPath(planId: string | undefined, reader?: Language): string {
  const query = new URLSearchParams({ ...(planId && { plan: planId }), ...(reader && { lang: reader }) });
  return `${teamBase}/sign-in${query.size > 0 ? `?${query}` : ""}`;
}

/** The prefix makes a browser refuse it from any other host name, and wants TLS. */
function cookieFor(origin: string) {
  const secure = origin.startsWith("https:");
  const name = secure ? "__Host-spark-approvals" : "spark-approvals";
  return {
    read(request: IncomingMessage): string | undefined {
      const pairs = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim());
      return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
    },
    write(session: string): string {
      const attributes = secure ? "Path=/; Secure" : `Path=${teamBase}`;
      return `${name}=${session}; ${attributes}; HttpOnly; SameSite=Strict${session === "" ? "; Max-Age=0" : ""}`;
    },
  };
}

function headerView(name: string, token: string, reader: Language): Html {
  const text = signInWords[reader];
  return html`<form method="post" action="${teamBase}/sign-out?lang=${reader}">${text.as} ${name}
<input type="hidden" name="token" value="${token}"><button type="submit">${text.out}</button></form>`;
}

interface SignInView {
  planId: string | undefined;
  reader: Language;
  typed: string;
  token: string;
  problem: string | undefined;
}

function signInView({ planId, reader, typed, token, problem }: SignInView): Html {
  const text = signInWords[reader];
  const wrong = problem === undefined ? undefined : html` aria-invalid="true"`;
  const described = problem === undefined ? "key-hint" : "problem key-hint";
  // A link on a page of another site brings no session along; one on this page does.
  const onward = planId === undefined ? `${teamBase}/` : planPath(teamBase, planId);
  return html`<h1>${text.title}</h1>
${problem === undefined ? undefined : html`<p class="alarm" role="alert" id="problem">${problem}</p>`}
<p>${text.lead}</p>
<form method="post" action="${signInPath(planId, reader)}">
<input type="hidden" name="token" value="${token}">
<div class="field">
<label for="name">${text.name}</label>
<input id="name" name="name" type="text" autocomplete="username" autocapitalize="none" spellcheck="false" required
 value="${typed}"${problem === undefined ? html` autofocus` : undefined}>
</div>
<div class="field">
<label for="key">${text.key}</label>
<p class="hint" id="key-hint">${text.keyHint}</p>
<input id="key" name="key" type="password" autocomplete="current-password" required
 aria-describedby="${described}"${wrong}${problem === undefined ? undefined : html` autofocus`}>
</div>
<button class="go" type="submit">${text.go}</button>
</form>
<p><a href="${onward}?lang=${reader}">${text.already}</a></p>`;
}
