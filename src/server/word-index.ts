import MiniSearch from "minisearch";
import { saidOf } from "../../tools/intents-by-cloud.ts";

/** What a tool or an operation is found by. */
export interface Searched {
  name: string;
  /** The name's words and the title; they weigh most. */
  words: string;
  /** What it does, in a sentence. */
  text: string;
  /** What people say who want it, in English and Chinese. */
  said: string;
}

export function searchedOf(cloud: "emr" | "dli", name: string, title: string, text: string): Searched {
  return { name, words: `${wordsOf(name)} ${title}`, text, said: saidOf(cloud, name) };
}

export interface WordIndex {
  /** Names, best match first. */
  search(query: string): readonly string[];
}

/** Whoever names a thing and no verb does not mean to delete it. */
const deletionWeight = 0.9;

/** One sign (delete, stop, change) is in many words, and tells less than two. */
const signWeight = 0.3;

/** BM25 over words, those of Chinese included. */
export function createWordIndex(entries: readonly Searched[]): WordIndex {
  const index = new MiniSearch<Searched>({
    idField: "name",
    fields: ["words", "text", "said"],
    tokenize: termsOf,
    // Terms come ready from the tokenizer.
    processTerm: (term) => term,
    searchOptions: {
      boost: { words: 2, said: 1.5 },
      boostDocument: (name) => (/^delete/i.test(String(name)) ? deletionWeight : 1),
      boostTerm: (term) => (isLatin(term) || term.length > 1 ? 1 : signWeight),
      prefix: (term) => isLatin(term) && term.length > 3,
      fuzzy: (term) => (isLatin(term) && term.length > 4 ? 0.2 : false),
    },
  });
  index.addAll(entries);
  return { search: (query) => index.search(query).map(({ id }) => String(id)) };
}

/** `ListKyuubiToken` and `list_kyuubi_tokens` are made of words. */
function wordsOf(name: string): string {
  return name.replaceAll("_", " ").replace(/([a-z])([A-Z])/g, "$1 $2");
}

/** Latin words without their endings; of Chinese, which has no spaces between words, every sign and every two neighbours. */
export function termsOf(text: string): string[] {
  return (text.toLowerCase().match(/\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{N}])+/gu) ?? []).flatMap((run) =>
    isLatin(run) ? latinTerm(run) : pairsOf(run),
  );
}

function isLatin(term: string): boolean {
  return !/\p{Script=Han}/u.test(term);
}

function latinTerm(word: string): string[] {
  return stopWords.has(word) ? [] : [word.length > 3 ? stemOf(word) : word];
}

/** jobs and job, stopped and stop, running and run are one word. */
function stemOf(word: string): string {
  return word
    .replace(/(?<=[^s])s$/, "")
    .replace(/(?<=[a-z]{3})(ing|ed)$/, "")
    .replace(/([bdgmnprt])\1$/, "$1");
}

function pairsOf(run: string): string[] {
  const signs = [...run];
  const pairs = signs.slice(1).map((sign, at) => `${signs[at]}${sign}`);
  return [...signs, ...pairs].filter((term) => !stopWords.has(term));
}

/** Words that say nothing about what is wanted. */
const stopWords = new Set(
  (
    "a about am an and any are as at be been but by can did do does for from had has have here i if in into is it its just " +
    "may me my of or our out please shall should so some than that the their them then there these they this those to " +
    "us was we were will with would you your " +
    "的 了 吗 吧 呢 我 们 请 帮 个 把 一 下 这 那 我的 我们 帮我 一下 一个 这个 那个 有没 没有 现在"
  ).split(" "),
);
