import { type Language, languageAccepted } from "../language.ts";
import type { StoredPlan } from "../ledger/types.ts";
import type { ApprovalStrength } from "../policy/types.ts";

/** What the page says. The question itself was composed by the gateway and stands as it is. */
export interface Words {
  product: string;
  other: { language: Language; name: string };
  skip: string;
  list: { title: string; none: string; waiting: (count: number) => string; expires: string; by: string };
  plan: {
    title: string;
    question: string;
    about: string;
    operation: string;
    target: string;
    risk: string;
    place: string;
    requester: string;
    requesterHint: string;
    principal: string;
    strength: string;
    asked: string;
    expires: string;
    facts: string;
    factsHint: string;
    noFacts: string;
    unknown: string;
    back: string;
  };
  strengths: Readonly<Record<ApprovalStrength, string>>;
  states: Readonly<Record<StoredPlan["state"] | "expired", string>>;
  form: {
    title: string;
    name: string;
    nameHint: string;
    code: string;
    codeHint: string;
    noAuthenticator: string;
    approve: string;
    refuse: string;
    refuseHint: string;
  };
  problems: {
    title: string;
    notFound: string;
    stale: string;
    "wrong-name": string;
    "wrong-code": string;
    "used-code": string;
    "no-app": string;
    "own-plan": string;
    "unknown-person": string;
    locked: (minutes: number) => string;
    choose: string;
    tooLong: string;
    broken: string;
  };
}

const en: Words = {
  product: "Spark Workspace approvals",
  other: { language: "zh", name: "中文" },
  skip: "Skip to the decision",
  list: {
    title: "Requests that wait for a person",
    none: "Nothing waits for a decision.",
    waiting: (count) => (count === 1 ? "1 request waits." : `${count} requests wait, newest first.`),
    expires: "expires",
    by: "asked by",
  },
  plan: {
    title: "A request waits for your decision",
    question: "What would be done",
    about: "About this request",
    operation: "Operation",
    target: "Target",
    risk: "Risk class",
    place: "Where",
    requester: "Who asks",
    requesterHint: "as the client names itself",
    principal: "Signed in as",
    strength: "Approval needed",
    asked: "Asked",
    expires: "Expires",
    facts: "Facts the approval is bound to",
    factsHint: "Read when the question was asked. They are read again before anything is sent; a difference refuses.",
    noFacts: "None.",
    unknown: "unknown",
    back: "All requests",
  },
  strengths: {
    none: "none",
    accepted: "a yes in the client, or here",
    typed: "the target's name typed, in the client or here",
    "out-of-band": "outside of the client: this page or a terminal",
    "out-of-band+code": "outside of the client, with a code of the enrolled app or an approver's key",
  },
  states: {
    waiting: "This request waits for a decision.",
    approved: "Approved. Nothing has been sent yet: it is carried out when the assistant makes the same call again.",
    declined: "Refused. Nothing was sent, and the same request is not asked again for a while.",
    used: "This approval has been used.",
    superseded: "This request was replaced by a newer one, because the facts changed.",
    expired: "This request has expired. Nothing was sent; the assistant can ask again.",
  },
  form: {
    title: "Your decision",
    name: "Name of the target, typed out",
    nameHint: "To approve, type exactly:",
    code: "Code of your authenticator app",
    codeHint: "Six digits. Each code counts once.",
    noAuthenticator:
      "No authenticator is enrolled, so any program on this computer could fill in this form. To close that, run: spark-workspace-mcp approver enroll",
    approve: "Approve",
    refuse: "Refuse",
    refuseHint: "Refusing needs no name and no code.",
  },
  problems: {
    title: "Not decided",
    notFound: "There is no such request.",
    stale: "This form was sent before or is too old. Nothing was decided; please fill it in again.",
    "wrong-name": "The name typed is not the target's. Nothing was decided.",
    "wrong-code": "The code is not right. Nothing was decided.",
    "used-code": "This code has counted already. Wait for the next one; nothing was decided.",
    "no-app":
      "The policy wants a code of an authenticator app here, and none is enrolled. Run `spark-workspace-mcp approver enroll` in a terminal; refusing is possible.",
    "own-plan": "You asked for this yourself, so another person has to decide it.",
    "unknown-person":
      "Who asks or who decides is not known here, and they must be two people. Approve it on the team's page, or in a terminal with an approval key.",
    locked: (minutes) =>
      `Too many wrong answers. Nothing can be approved for ${minutes} ${minutes === 1 ? "minute" : "minutes"}; refusing is possible.`,
    choose: "Choose Approve or Refuse. Nothing was decided.",
    tooLong: "The form is too long. Nothing was decided.",
    broken: "The authenticator or the ledger cannot be read, so nothing can be decided here.",
  },
};

const zh: Words = {
  product: "Spark Workspace 审批",
  other: { language: "en", name: "English" },
  skip: "跳到审批表单",
  list: {
    title: "等待人工审批的请求",
    none: "没有等待审批的请求。",
    waiting: (count) => `本机有 ${count} 个请求等待审批，最新的在前。`,
    expires: "失效时间",
    by: "请求方",
  },
  plan: {
    title: "有一个请求等待您的决定",
    question: "将要执行的操作",
    about: "关于此请求",
    operation: "操作",
    target: "目标",
    risk: "风险类别",
    place: "执行位置",
    requester: "请求方",
    requesterHint: "客户端自报的名称",
    principal: "登录身份",
    strength: "所需审批方式",
    asked: "提出时间",
    expires: "失效时间",
    facts: "批准所绑定的事实",
    factsHint: "提问时读取。发送前会再次读取，如有变化则拒绝执行。",
    noFacts: "无。",
    unknown: "未知",
    back: "全部请求",
  },
  strengths: {
    none: "无需审批",
    accepted: "在客户端或此处确认",
    typed: "在客户端或此处输入目标名称",
    "out-of-band": "在客户端之外：此页面或终端",
    "out-of-band+code": "在客户端之外，并提供已绑定验证器的验证码或审批密钥",
  },
  states: {
    waiting: "此请求等待审批。",
    approved: "已批准。尚未发送任何请求：助手再次发起相同调用时才会执行。",
    declined: "已拒绝。未发送任何请求，相同请求在一段时间内不会再次询问。",
    used: "此批准已被使用。",
    superseded: "由于事实变化，此请求已被新的请求取代。",
    expired: "此请求已失效。未发送任何请求；助手可以重新提问。",
  },
  form: {
    title: "您的决定",
    name: "完整输入目标名称",
    nameHint: "如需批准，请准确输入：",
    code: "身份验证器应用中的验证码",
    codeHint: "六位数字，每个验证码只能使用一次。",
    noAuthenticator:
      "尚未绑定身份验证器，因此本机上的任何程序都可以填写此表单。如需绑定，请运行：spark-workspace-mcp approver enroll",
    approve: "批准",
    refuse: "拒绝",
    refuseHint: "拒绝时无需输入名称和验证码。",
  },
  problems: {
    title: "未作出决定",
    notFound: "没有这个请求。",
    stale: "此表单已提交过或已过期。未作出任何决定，请重新填写。",
    "wrong-name": "输入的名称与目标不符。未作出任何决定。",
    "wrong-code": "验证码不正确。未作出任何决定。",
    "used-code": "此验证码已使用过，请等待下一个。未作出任何决定。",
    "no-app":
      "策略要求提供验证器的验证码，但尚未绑定验证器。请在终端运行 `spark-workspace-mcp approver enroll`；仍可拒绝。",
    "own-plan": "此请求由您本人提出，须由另一人决定。",
    "unknown-person":
      "此处无法确认请求人或审批人的身份，而两者必须是不同的人。请在团队审批页面上批准，或在终端中使用审批密钥批准。",
    locked: (minutes) => `错误次数过多，${minutes} 分钟内无法批准；仍可拒绝。`,
    choose: "请选择批准或拒绝。未作出任何决定。",
    tooLong: "表单内容过长。未作出任何决定。",
    broken: "无法读取身份验证器或账本，此处无法作出决定。",
  },
};

export const words: Readonly<Record<Language, Words>> = { en, zh };

/** The language a reader asked for: by link first, then by what their browser says, in its order. */
export function languageFor(asked: string | null, acceptLanguage: string | undefined, fallback: Language): Language {
  if (asked === "en" || asked === "zh") return asked;
  return languageAccepted(acceptLanguage ?? "") ?? fallback;
}
