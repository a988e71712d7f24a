import type { Language } from "../language.ts";
import type { ApprovalStrength, Idempotency, RiskClass, Verification } from "./types.ts";

export interface ExplainWords {
  language: Language;
  request: string;
  risk: string;
  approval: string;
  environment: string;
  bounds: string;
  target: string;
  impact: string;
  before: string;
  repeat: string;
  deadline: string;
  afterwards: string;
  semicolon: string;
  stop: string;
  colon: string;
  never: string;
  neverByUser: string;
  refused(operation: string): string;
  risks: Readonly<Record<RiskClass, string>>;
  strengths: Readonly<Record<ApprovalStrength, string>>;
  why: Readonly<Record<Exclude<RiskClass, "forbidden">, string>>;
  reads(operation: string): string;
  demand(fact: string, admitted: readonly string[]): string;
  binds(facts: readonly string[]): string;
  shows(facts: readonly string[]): string;
  otherwise(what: string, next: string): string;
  idempotency: Readonly<Record<Idempotency, (lookup: string) => string>>;
  /** A request that carries a key and is searched for by it. */
  found(lookup: string, lateSeconds: number): string;
  seconds(deadline: number): string;
  throttled(least: number, most: number, retries: number): string;
  follow(verify: Verification): string;
}

export const explainWords: Readonly<Record<Language, ExplainWords>> = {
  en: {
    language: "en",
    request: "request",
    risk: "risk",
    approval: "approval",
    environment: "environment",
    bounds: "at most",
    target: "target",
    impact: "impact",
    before: "before",
    repeat: "lost answer",
    deadline: "deadline",
    afterwards: "afterwards",
    semicolon: "; ",
    stop: ". ",
    colon: ": ",
    neverByUser: "Refused: the user's policy.yaml forbids it, and no approval lifts this.",
    never: "Refused always; no configuration and no approval lifts this.",
    refused: (operation) =>
      `${operation} would be refused: the policy has no rule for it, and nothing without one is sent.`,
    risks: {
      read: "read",
      "read-secret": "read-secret (the answer holds secrets; they are masked)",
      write: "write",
      spend: "spend",
      credential: "credential",
      privilege: "privilege",
      destructive: "destructive",
      forbidden: "forbidden",
    },
    strengths: {
      none: "none",
      accepted: "accepted: a person says yes in the client, or by a stronger way",
      typed: "typed: a person types the target's name in the client, or by a stronger way",
      "out-of-band": "out-of-band: a person decides outside the client",
      "out-of-band+code": "out-of-band+code: a person decides outside the client, with a code of the enrolled app",
    },
    why: {
      read: "it changes nothing",
      "read-secret": "it changes nothing and its secrets are masked",
      write: "it changes something that others see",
      spend: "it costs money",
      credential: "whoever gets the credential acts with it",
      privilege: "it changes who may do or reach what",
      destructive: "what it ends or deletes does not come back",
    },
    reads: (operation) => `${operation} is read`,
    demand: (fact, admitted) => `${fact} must be ${admitted.join(" or ")}`,
    binds: (facts) =>
      `an approval holds only while ${facts.join(", ")} ${facts.length > 1 ? "stay" : "stays"} the same`,
    shows: (facts) => `shown: ${facts.join(", ")}`,
    otherwise: (what, next) => `Otherwise refused: ${what}. ${next}`,
    idempotency: {
      read: () => "read again",
      token: () => "sent again with the same idempotency token",
      "same-effect": () => "may be sent again: twice has the effect of once",
      lookup: (operation) => `never sent again before ${operation} was asked whether it took effect`,
    },
    found: (operation, late) =>
      `looked for with ${operation} by the key it carried, at once and before the same request is sent again; sent anew only if it is not there after ${late} s`,
    seconds: (deadline) => `${deadline} s for a request`,
    throttled: (least, most, retries) => `when throttled, ${least} to ${most} s of waiting, at most ${retries} times`,
    follow: ({ read, until, withinSeconds }) =>
      `${read} is read for up to ${withinSeconds} s until ${until.join(", ")}; what is not reached is reported as seen`,
  },
  zh: {
    language: "zh",
    request: "请求",
    risk: "风险",
    approval: "批准",
    environment: "环境",
    bounds: "上限",
    target: "目标",
    impact: "影响",
    before: "执行前",
    repeat: "应答丢失",
    deadline: "时限",
    afterwards: "执行后",
    semicolon: "；",
    stop: "。",
    colon: "：",
    neverByUser: "拒绝：用户的 policy.yaml 禁止该操作，任何批准都无法解除。",
    never: "始终拒绝，任何配置或批准都无法解除。",
    refused: (operation) => `${operation} 会被拒绝：策略中没有它的规则，没有规则的操作一律不发送。`,
    risks: {
      read: "read（只读）",
      "read-secret": "read-secret（应答含机密，会被遮蔽）",
      write: "write（更改）",
      spend: "spend（产生费用）",
      credential: "credential（凭证）",
      privilege: "privilege（权限）",
      destructive: "destructive（破坏性）",
      forbidden: "forbidden（禁止）",
    },
    strengths: {
      none: "无需批准",
      accepted: "accepted：由人在客户端确认，或更强的方式",
      typed: "typed：由人在客户端输入目标名称，或更强的方式",
      "out-of-band": "out-of-band：由人在客户端之外决定",
      "out-of-band+code": "out-of-band+code：由人在客户端之外决定，并提供已绑定验证器的验证码",
    },
    why: {
      read: "不做任何更改",
      "read-secret": "不做任何更改，机密会被遮蔽",
      write: "会更改他人可见的内容",
      spend: "会产生费用",
      credential: "得到凭证者即可使用它",
      privilege: "会改变谁能做什么、访问什么",
      destructive: "被终止或删除的内容无法恢复",
    },
    reads: (operation) => `读取 ${operation}`,
    demand: (fact, admitted) => `${fact} 必须为 ${admitted.join(" 或 ")}`,
    binds: (facts) => `${facts.join("、")} 变化则批准失效`,
    shows: (facts) => `并显示 ${facts.join("、")}`,
    otherwise: (what, next) => `否则拒绝：${what}。${next}`,
    idempotency: {
      read: () => "可再次读取",
      token: () => "以同一幂等令牌再次发送",
      "same-effect": () => "可再次发送，两次与一次效果相同",
      lookup: (operation) => `先用 ${operation} 确认是否已生效，否则不再发送`,
    },
    found: (operation, late) =>
      `用 ${operation} 按请求所带的标识查找：立即查找，同一请求再次发送前再查；${late} 秒后仍未找到才重新发送`,
    seconds: (deadline) => `每次请求 ${deadline} 秒`,
    throttled: (least, most, retries) => `被限流时等待 ${least} 到 ${most} 秒，最多 ${retries} 次`,
    follow: ({ read, until, withinSeconds }) =>
      `最多 ${withinSeconds} 秒内读取 ${read}，直到 ${until.join("、")}；未达到则如实报告所见状态`,
  },
};
