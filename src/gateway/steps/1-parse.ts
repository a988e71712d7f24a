import type { Language } from "../../language.ts";
import { findOperation } from "../../operations/registry.ts";
import type { OperationRow } from "../../operations/types.ts";
import { problemsOfInput } from "../../operations/validate.ts";
import { type Addressed, refuse } from "../refuse.ts";
import type { Refused } from "../types.ts";

export interface Parsed {
  row: OperationRow;
  input: Readonly<Record<string, unknown>>;
}

/** Step 1: the operation is known and its arguments have the form its row asks for. */
export function parse(
  operation: string,
  input: Readonly<Record<string, unknown>>,
  addressed: Addressed,
): Parsed | Refused {
  const row = findOperation(operation);
  if (!row) {
    return refuse(
      addressed,
      "UNKNOWN_OPERATION",
      {
        en: `Nothing was sent: there is no operation "${operation.slice(0, 80)}".`,
        zh: `未发送任何请求：没有操作 "${operation.slice(0, 80)}"。`,
      },
      {
        en: "Use one of the server's tools; each names the operations it stands for.",
        zh: "请使用服务器提供的工具；每个工具都列出它所对应的操作。",
      },
    );
  }
  const fields = problemsOfInput(row, input);
  if (fields.length > 0) {
    const problemsIn = (language: Language) => fields.map(({ field, problem }) => `${field} ${problem[language]}`);
    return refuse(
      addressed,
      "BAD_INPUT",
      {
        en: `${row.name} was not sent: ${problemsIn("en").join("; ")}.`,
        zh: `${row.name} 未发送，参数不符合要求：${problemsIn("zh").join("；")}。`,
      },
      {
        en: fields.map(({ field, allowed, example }) => `${field}: ${allowed}, for example ${example}`).join("; "),
        zh: `请修正：${fields.map(({ field, allowed, example }) => `${field}：${allowed}，例如 ${example}`).join("；")}`,
      },
      { fields },
    );
  }
  return { row, input };
}
