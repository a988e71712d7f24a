import type { Text } from "../../src/language.ts";

/** What several tools of EMR say in the same words. */

/** Stands after "is" and after "当前". */
export function inState(state: string | undefined): Text {
  return state === undefined ? { en: "in an unknown state", zh: "状态未知" } : { en: state, zh: `状态为 ${state}` };
}

export function isInState(id: string, state: string | undefined): Text {
  const now = inState(state);
  return { en: `${id} is ${now.en}.`, zh: `${id} 当前${now.zh}。` };
}

/** How many of all a page shows. */
export function pageOf(shown: number, total: number | undefined, things: Text): Text {
  const all = total ?? shown;
  return { en: `${shown} of ${all} ${things.en}.`, zh: `共 ${all} 个${things.zh}，此处列出 ${shown} 个。` };
}

/** Said where a deletion was taken and what is deleted is still seen. */
export function stillListed(en: string, zh = en): Text {
  return { en: `${en} was told to go and is still listed.`, zh: `${zh} 已请求删除，目前仍在列表中。` };
}
