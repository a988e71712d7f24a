import type { Language } from "../language.ts";
import type { StoredPlan } from "../ledger/types.ts";
import { explainWords } from "../policy/explain-words.ts";
import type { Fact } from "../policy/facts.ts";
import { type Html, html } from "./html.ts";
import { type Words, words } from "./words.ts";

export interface Problem {
  text: string;
  /** The field to correct, which gets the focus. */
  field?: "name" | "code";
}

export interface PlanView {
  plan: StoredPlan;
  language: Language;
  /** Where the pages stand: empty, or `/approvals`. */
  base: string;
  now: number;
  enrolled: boolean;
  /** Whoever reads it has shown who they are. */
  signedIn: boolean;
  /** Absent: nothing can be decided, so there is no form. */
  token?: string;
  problem?: Problem;
  /** What was typed as the name, given back; a code never is. */
  typed?: string;
}

export function planPath(base: string, planId: string): string {
  return `${base}/plans/${planId}`;
}

export function listView(plans: readonly StoredPlan[], language: Language, base: string): Html {
  const { list } = words[language];
  return html`<h1>${list.title}</h1>
<p>${plans.length === 0 ? list.none : list.waiting(plans.length)}</p>
<ul class="plans">${plans.map(
    (plan) => html`<li>
<p><a href="${planPath(base, plan.planId)}?lang=${language}">${plan.operation} · ${plan.target}</a></p>
<p class="hint">${plan.place} · ${list.by} ${plan.requester} · ${list.expires} ${clockTime(plan.expiresAt, language)}</p>
</li>`,
  )}</ul>`;
}

export function messageView(title: string, text: string, language: Language, base: string): Html {
  return html`<h1>${title}</h1>
<p role="alert">${text}</p>
<p><a href="${base}/?lang=${language}">${words[language].plan.back}</a></p>`;
}

export function planView(view: PlanView): Html {
  const { plan, language, base, problem, now } = view;
  const text = words[language];
  const state = plan.state === "waiting" && now > plan.expiresAt ? "expired" : plan.state;
  const title = state === "waiting" ? text.plan.title : `${plan.operation} · ${plan.target}`;
  return html`${view.token === undefined ? undefined : html`<a class="skip" href="#decision">${text.skip}</a>`}
<h1>${title}</h1>
${problem && html`<p class="alarm" role="alert" id="problem"><strong>${text.problems.title}.</strong> ${problem.text}</p>`}
${state === "waiting" ? undefined : html`<p role="status">${text.states[state]}</p>`}
<h2>${text.plan.question}</h2>
${questionView(plan.question)}
<h2>${text.plan.about}</h2>
${aboutView(plan, text, language)}
<h2>${text.plan.facts}</h2>
<p class="hint">${text.plan.factsHint}</p>
${factsView(plan.facts, text)}
${view.token === undefined ? undefined : formView(view, view.token)}
<p><a href="${base}/?lang=${language}">${text.plan.back}</a></p>`;
}

/** Composed by the gateway in its own language, whatever language this page is read in. */
function questionView(question: string): Html {
  const [head = "", ...rest] = question.split("\n");
  const tag = head.startsWith("即将执行") ? "zh-Hans" : "en";
  return html`<p class="question" lang="${tag}"><strong>${head}</strong>${rest.join("\n")}</p>`;
}

function aboutView(plan: StoredPlan, text: Words, language: Language): Html {
  const rows: ReadonlyArray<readonly [string, string | Html]> = [
    [text.plan.operation, plan.operation],
    [text.plan.target, html`<code translate="no">${plan.target}</code>`],
    [text.plan.risk, explainWords[language].risks[plan.risk]],
    [text.plan.place, plan.place],
    [text.plan.requester, `${plan.requester} (${text.plan.requesterHint})`],
    ...(plan.principal === undefined ? [] : [[text.plan.principal, plan.principal] as const]),
    [text.plan.strength, text.strengths[plan.requiredStrength]],
    [text.plan.asked, timeView(plan.createdAt, language)],
    [text.plan.expires, timeView(plan.expiresAt, language)],
  ];
  return html`<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

function factsView(facts: Readonly<Record<string, Fact>>, text: Words): Html {
  const entries = Object.entries(facts);
  if (entries.length === 0) return html`<p>${text.plan.noFacts}</p>`;
  return html`<dl>${entries.map(
    ([name, value]) => html`<dt>${name}</dt><dd>${value === null ? text.plan.unknown : String(value)}</dd>`,
  )}</dl>`;
}

function formView({ plan, language, base, enrolled, signedIn, problem, typed }: PlanView, token: string): Html {
  const { form } = words[language];
  const marks = (field: Problem["field"], first: boolean): Html => {
    const wrong = problem?.field === field;
    const focused = problem?.field === undefined ? first && problem !== undefined : wrong;
    return html`${wrong ? html` aria-invalid="true"` : undefined}${focused ? html` autofocus` : undefined}`;
  };
  const described = (hint: string) => (problem ? `problem ${hint}` : hint);
  const code = html`<div class="field">
<label for="code">${form.code}</label>
<p class="hint" id="code-hint">${form.codeHint}</p>
<input class="code" id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="7" required
 aria-describedby="${described("code-hint")}"${marks("code", false)}>
</div>`;
  return html`<h2 id="decision" tabindex="-1">${form.title}</h2>
<form method="post" action="${planPath(base, plan.planId)}?lang=${language}" autocomplete="off">
<input type="hidden" name="token" value="${token}">
<div class="field">
<label for="name">${form.name}</label>
<p class="hint" id="name-hint">${form.nameHint} <code translate="no">${plan.target}</code></p>
<input id="name" name="name" type="text" autocomplete="off" autocapitalize="none" spellcheck="false" required
 value="${typed ?? ""}" aria-describedby="${described("name-hint")}"${marks("name", true)}>
</div>
${enrolled ? code : signedIn ? undefined : html`<p class="hint warn">${form.noAuthenticator}</p>`}
<button class="go" type="submit" name="verdict" value="approved">${form.approve}</button>
<button class="stop" type="submit" name="verdict" value="declined" formnovalidate aria-describedby="refuse-hint">${form.refuse}</button>
<p class="hint" id="refuse-hint">${form.refuseHint}</p>
</form>`;
}

function timeView(at: number, language: Language): Html {
  return html`<time datetime="${new Date(at).toISOString()}">${clockTime(at, language)}</time>`;
}

function clockTime(at: number, language: Language): string {
  return new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", {
    dateStyle: "medium",
    timeStyle: "medium",
  }).format(at);
}
