import type { Text } from "../../src/language.ts";

/** What several tools of DLI say. */

export const nothingCreated: Text = { en: "Nothing was created", zh: "未创建任何内容" };
export const nothingChanged: Text = { en: "Nothing was changed", zh: "未做任何更改" };

export const firstJobIsSlow: Text = {
  en: "The first job on a new queue takes 5 to 15 minutes to start.",
  zh: "新队列上的首个作业需 5 至 15 分钟才能启动。",
};

/** Follows the name of the thing whose state it is. */
export function isIn(state: string | undefined): Text {
  return { en: `is ${state ?? "in an unknown state"}`, zh: state ? `状态为 ${state}` : "状态未知" };
}

export function isStillIn(state: string | undefined): Text {
  return { en: `is still ${state ?? "in an unknown state"}`, zh: state ? `状态仍为 ${state}` : "状态仍未知" };
}
