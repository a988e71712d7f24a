import { inBoth, sayIn } from "../../language.ts";
import { confirmationText, renderText } from "../../policy/confirmation.ts";
import type { ApprovalStrength } from "../../policy/types.ts";
import { digest } from "../digest.ts";
import { refuse } from "../refuse.ts";
import { review } from "../reviews/index.ts";
import type { Call, Facts, Plan, Refused } from "../types.ts";

export interface Planning {
  call: Call;
  facts: Facts;
  requiredStrength: ApprovalStrength;
  now: number;
  newToken: () => string;
  /** Said to the person before all else, such as that the same request was answered a minute ago. */
  notices: readonly string[];
}

/** Step 4: one value that holds all that a yes would cover, with a digest over it. */
export function makePlan({ call, facts, requiredStrength, now, newToken, notices }: Planning): Plan | Refused {
  const { language } = call;
  const { limits } = call.policy;
  const reviewed = review(call.row.name, { input: call.input, facts, limits, language, sql: call.sql });
  if ("overLimit" in reviewed) {
    // Said in the language of the call already.
    const { overLimit, next } = reviewed;
    return refuse(
      call,
      "OVER_LIMIT",
      { en: `${call.row.name} was not sent: ${overLimit}.`, zh: `${call.row.name} 未发送：${overLimit}。` },
      inBoth(next),
    );
  }
  const t = sayIn(language);
  const details = [...notices.map((text) => ({ label: t("Notice", "提示"), text })), ...reviewed.details];
  const shown = { ...reviewed, details };
  const expiresAt = now + limits.plan.validSeconds * 1_000;
  const impact = renderText(call.rule.impact[language], {
    facts: { ...facts.context, ...facts.bound },
    parameters: call.input,
    language,
  });
  const confirmation = confirmationText({
    operation: call.row.name,
    target: call.target,
    impact,
    language,
    facts: facts.bound,
    context: facts.context,
  });
  const { environment, regionId, identity } = call.where;
  const question = [
    confirmation,
    `${environment === "sandbox" ? t("Sandbox on this machine", "本机沙箱") : t("Account", "账号")}: ${identity}, ${regionId}`,
    ...details.map(({ label, text }) => (text.includes("\n") ? `${label}:\n${text}` : `${label}: ${text}`)),
  ].join("\n");
  return {
    planId: `plan-${newToken()}`,
    operation: call.row.name,
    target: call.target,
    requestDigest: call.requestDigest,
    planDigest: digest({ request: call.requestDigest, facts: facts.bound, shown, expiresAt }),
    facts,
    review: shown,
    question,
    requiredStrength,
    expiresAt,
  };
}
