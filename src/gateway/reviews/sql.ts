import { sayIn } from "../../language.ts";
import { quoteForPerson } from "../../policy/confirmation.ts";
import { whyAsked } from "../../policy/sql-risk.ts";
import type { Reviewer } from "./reviewer.ts";

/** Nobody says yes to a statement longer than this, line by line. */
const mostCharacters = 4_000;
/** A quoted value is cut at a length that suits names, so a statement is shown in pieces of that length. */
const pieceLength = 80;

/** The whole statement and why it is not taken for a mere read; a yes to half of a statement is none. */
export function reviewSql(parameter: string): Reviewer {
  return ({ input, sql, language }) => {
    const t = sayIn(language);
    const text = String(input[parameter] ?? "");
    if (text.length > mostCharacters) {
      return {
        overLimit: t(
          `a statement of ${text.length} characters is too long for a person to approve (${mostCharacters} at most)`,
          `语句有 ${text.length} 个字符，过长，用户无法审阅（最多 ${mostCharacters}）`,
        ),
        next: t(
          "Split it, or run it as a job from a file with start_job_run.",
          "请拆分，或用 start_job_run 将其作为文件作业运行。",
        ),
      };
    }
    return {
      details: [
        {
          label: t("Why it is asked", "询问原因"),
          text: sql ? whyAsked(sql, language) : t("nothing here can tell what it does", "此处无法判断其作用"),
        },
        {
          label: "SQL",
          text: piecesOf(text)
            .map((piece) => quoteForPerson(piece))
            .join("\n"),
        },
      ],
    };
  };
}

function piecesOf(text: string): string[] {
  return text.split(/\r?\n/).flatMap((line) => line.match(new RegExp(`.{1,${pieceLength}}`, "gu")) ?? []);
}
