import type { Language } from "../language.ts";
import type { NotifyEvent } from "./event.ts";
import { mostOf, quoted, word } from "./foreign-text.ts";
import { isLoopback } from "./loopback.ts";

/** An event in words, for a chat to lay out. Nothing in it is escaped for a chat yet. */
export interface Told {
  title: string;
  lines: ReadonlyArray<{ label: string; value: string }>;
  link?: { text: string; url: string };
}

/** Chats that want a keyword in each message find this one. */
export const keyword = "spark-workspace";

const words = {
  en: {
    approval: "a person has to decide",
    ended: { succeeded: "job succeeded", failed: "job failed", cancelled: "job was cancelled" },
    test: "test message",
    operation: "Operation",
    target: "Target",
    place: "Place",
    profile: "Profile",
    requester: "Asked by",
    command: "Or at a terminal of that computer",
    expires: "Decide before",
    link: "Open the approval page",
    onlyThere: " (on the computer the server runs on)",
    job: "Job",
    id: "Id",
    workspace: "Workspace",
    state: "State",
    duration: "Time from submission to end",
    reason: "Reason",
    nothing: "Nothing was sent yet, and nothing is decided here.",
    note: "Note",
    works: "The webhook works.",
  },
  zh: {
    approval: "有操作等待人工批准",
    ended: { succeeded: "作业成功", failed: "作业失败", cancelled: "作业已取消" },
    test: "测试消息",
    operation: "操作",
    target: "目标",
    place: "位置",
    profile: "配置",
    requester: "请求方",
    command: "或在该计算机的终端执行",
    expires: "截止时间",
    link: "打开批准页面",
    onlyThere: "（仅限服务所在的计算机）",
    job: "作业",
    id: "编号",
    workspace: "工作空间",
    state: "状态",
    duration: "提交至结束用时",
    reason: "原因",
    nothing: "尚未发送任何请求，此消息不能用于批准。",
    note: "说明",
    works: "Webhook 可用。",
  },
} as const;

export function tell(event: NotifyEvent, language: Language): Told {
  const say = words[language];
  const titled = (what: string) => `${keyword}: ${what}`;
  const where = [
    { label: say.place, value: quoted(event.place, mostOf.place) },
    { label: say.profile, value: quoted(event.profile) },
  ];
  switch (event.name) {
    case "approval-needed":
      return {
        title: titled(say.approval),
        lines: [
          { label: say.operation, value: word(event.operation) },
          { label: say.target, value: quoted(event.target) },
          ...where,
          { label: say.requester, value: quoted(event.requester) },
          { label: say.expires, value: new Date(event.expiresAt).toISOString() },
          { label: say.command, value: event.command },
          { label: say.note, value: say.nothing },
        ],
        ...(event.url !== undefined && {
          link: { text: `${say.link}${opensHereOnly(event.url) ? say.onlyThere : ""}`, url: event.url },
        }),
      };
    case "job-ended":
      return {
        title: titled(say.ended[event.outcome]),
        lines: [
          { label: say.job, value: quoted(event.jobName) },
          { label: say.id, value: word(event.jobRunId) },
          { label: say.workspace, value: word(event.workspaceId) },
          { label: say.state, value: word(event.state) },
          ...(event.durationMs === undefined ? [] : [{ label: say.duration, value: inWords(event.durationMs) }]),
          ...(event.reason === undefined ? [] : [{ label: say.reason, value: quoted(event.reason, mostOf.reason) }]),
          ...where,
        ],
      };
    case "test":
      return { title: titled(say.test), lines: [...where, { label: say.note, value: say.works }] };
  }
}

function opensHereOnly(url: string): boolean {
  return isLoopback(URL.parse(url)?.hostname ?? "");
}

function inWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  const parts = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60), seconds % 60];
  return `${parts[0]} h ${parts[1]} min ${parts[2]} s`.replace(/^0 h (?:0 min )?/, "");
}
