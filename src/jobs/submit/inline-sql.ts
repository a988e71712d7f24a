import type { Refused } from "../problem.ts";

/**
 * A statement in spark.emr.sql.content stands unquoted at the end of the parameters, and how the service splits it is not
 * documented. Accepted is only what every splitter reads alike: one line, no quote of any kind, no backslash or dollar,
 * and nothing that looks like a further option (`-c` is spark-submit's short form of --conf).
 */
export function checkInlineSql(sql: string): string | Refused {
  const statement = sql.trim();
  if (statement === "") return refused("SQL_EMPTY", "is empty", "为空");
  if (/\p{Cc}|[\u{2028}\u{2029}]/u.test(statement)) {
    return refused("SQL_NOT_INLINE", "has more than one line or a control character", "包含多行或控制字符");
  }
  if (/['"`\\$]/.test(statement)) {
    return refused(
      "SQL_NOT_INLINE",
      "holds a quote, backquote, backslash or dollar sign",
      "含有引号、反引号、反斜杠或美元符号",
    );
  }
  if (/(?:^|\s)-(?:-|[A-Za-z])/u.test(statement)) {
    return refused(
      "SQL_NOT_INLINE",
      "holds text that reads like a further option or a comment ( -x or --)",
      "含有类似选项或注释的文本（ -x 或 --）",
    );
  }
  return statement;
}

function refused(code: string, en: string, zh: string): Refused {
  return {
    problem: {
      code,
      field: "sql",
      sentence: {
        en: `The inline SQL ${en}; the service could misread it, so nothing was submitted. Upload it as a .sql file and give its oss:// address as entryPoint.`,
        zh: `内联 SQL ${zh}，服务端可能误读，因此未提交。请将其保存为 .sql 文件上传，并把 oss:// 地址作为 entryPoint。`,
      },
      allowed: "one line without quotes, backquotes, backslashes, dollar signs, and without -x or -- after a blank",
      example: "SELECT 1 AS one",
    },
  };
}
