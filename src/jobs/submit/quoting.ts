import type { Refused } from "../problem.ts";

/**
 * How sparkSubmitParameters is split by the service is not documented. These rules follow
 * org.apache.spark.launcher.CommandBuilderUtils.parseOptionString (Spark 3.5, "following bash semantics"):
 * blanks separate; '...' is literal; "..." may hold blanks; a backslash outside '...' makes the next character literal.
 *
 * Writing quotes only where a word could not stand bare, since a splitter that knows no quotes reads bare words right, and
 * then in a way that function, a POSIX shell and Python's shlex all read alike:
 *   no blank, quote or backslash      -> bare
 *   none of " \ $ `                   -> "word"
 *   no '                              -> 'word'
 *   anything else, control characters -> refused
 */
export function quoteWord(word: string, field: string): string | Refused {
  if (/\p{Cc}/u.test(word))
    return unwritable(field, "a line break or another control character", "换行符或其他控制字符");
  if (word !== "" && !/[\s"'\\]/u.test(word)) return word;
  if (!/["\\$`]/.test(word)) return `"${word}"`;
  if (!word.includes("'")) return `'${word}'`;
  return unwritable(field, "both ' and one of \" \\ $ `", '单引号以及 " \\ $ ` 之一');
}

function unwritable(field: string, en: string, zh: string): Refused {
  return {
    problem: {
      code: "VALUE_NOT_WRITABLE",
      field,
      sentence: {
        en: `${field} holds ${en}, which cannot be written into spark-submit parameters. Nothing was submitted; pass it as an argument of the program or in a file instead.`,
        zh: `${field} 含有${zh}，无法写入 spark-submit 参数。未提交任何作业；请改为通过程序参数或文件传递。`,
      },
      allowed: "one line of text, without mixing ' with any of \" \\ $ `",
    },
  };
}

export interface Word {
  readonly text: string;
  /** Where it begins in the source text. */
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
}

/** java.lang.Character.isWhitespace: unlike \s it takes no-break spaces for ordinary characters and FS to US for blanks. */
function isJavaWhitespace(char: string): boolean {
  if (char >= "\u001c" && char <= "\u001f") return true;
  return /\s/.test(char) && !"\u00a0\u2007\u202f\ufeff".includes(char);
}

export function splitWords(text: string): readonly Word[] | Refused {
  const words: Word[] = [];
  let word: { text: string; start: number; quoted: boolean } | undefined;
  let quote = "";
  let escaped = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (!word) {
      if (isJavaWhitespace(char)) continue;
      word = { text: "", start: at, quoted: false };
    }
    if (escaped) {
      word.text += char;
      escaped = false;
    } else if (char === "\\" && quote !== "'") {
      escaped = true;
      word.quoted = true;
    } else if (quote ? char === quote : char === "'" || char === '"') {
      quote = quote ? "" : char;
      word.quoted = true;
    } else if (!quote && isJavaWhitespace(char)) {
      words.push({ ...word, end: at });
      word = undefined;
    } else {
      word.text += char;
    }
  }
  if (quote || escaped) return unfinished(quote);
  if (word) words.push({ ...word, end: text.length });
  return words;
}

function unfinished(quote: string): Refused {
  const what = quote || "\\";
  return {
    problem: {
      code: "UNFINISHED_QUOTE",
      field: "sparkSubmitParameters",
      sentence: {
        en: `sparkSubmitParameters ends inside a quotation: a closing ${what} or the character after it is missing.`,
        zh: `sparkSubmitParameters 在引号内结束：缺少与 ${what} 对应的结尾。`,
      },
      example: '--conf "spark.driver.extraJavaOptions=-Da=1 -Db=2"',
    },
  };
}
