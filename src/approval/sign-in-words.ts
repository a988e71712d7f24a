import type { Language } from "../language.ts";

/** What the sign-in of a team's page says. */
export interface SignInWords {
  title: string;
  lead: string;
  name: string;
  key: string;
  keyHint: string;
  go: string;
  already: string;
  as: string;
  out: string;
  wrong: string;
  locked: (minutes: number) => string;
  stale: string;
}

export const signInWords: Readonly<Record<Language, SignInWords>> = {
  en: {
    title: "Sign in to decide",
    lead: "For approvers of this team. The token that a client holds does not open this page.",
    name: "Your name in the team",
    key: "Your approval key",
    keyHint: "As `team add` printed it. Never give it to an assistant.",
    go: "Sign in",
    already: "I have signed in already",
    as: "Signed in as",
    out: "Sign out",
    wrong: "Name and key do not belong to an approver. You are not signed in.",
    locked: (minutes) =>
      `Too many wrong keys for this name. Nobody can sign in with it for ${minutes} ${minutes === 1 ? "minute" : "minutes"}.`,
    stale: "This form was sent before or is too old. You are not signed in; please fill it in again.",
  },
  zh: {
    title: "登录以进行审批",
    lead: "供本团队的审批人使用。客户端持有的令牌无法打开此页面。",
    name: "您在团队中的名称",
    key: "您的审批密钥",
    keyHint: "即 `team add` 输出的密钥。切勿交给助手。",
    go: "登录",
    already: "我已登录",
    as: "已登录：",
    out: "退出登录",
    wrong: "名称与密钥不属于任何审批人。您尚未登录。",
    locked: (minutes) => `该名称的错误密钥次数过多，${minutes} 分钟内无法登录。`,
    stale: "此表单已提交过或已过期。您尚未登录，请重新填写。",
  },
};
