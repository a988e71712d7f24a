import { findOperation } from "../../operations/registry.ts";
import type { OperationRow } from "../../operations/types.ts";
import { problemsOfInput } from "../../operations/validate.ts";
import { refuse } from "../refuse.ts";
import type { Refused, Where } from "../types.ts";

export interface Parsed {
  row: OperationRow;
  input: Readonly<Record<string, unknown>>;
}

/** Step 1: the operation is known and its arguments have the form its row asks for. */
export function parse(operation: string, input: Readonly<Record<string, unknown>>, where: Where): Parsed | Refused {
  const row = findOperation(operation);
  if (!row) {
    return refuse(
      where,
      "UNKNOWN_OPERATION",
      `Nothing was sent: there is no operation "${operation.slice(0, 80)}".`,
      "Use one of the server's tools; each names the operations it stands for.",
    );
  }
  const fields = problemsOfInput(row, input);
  if (fields.length > 0) {
    return refuse(
      where,
      "BAD_INPUT",
      `${row.name} was not sent: ${fields.map(({ field, problem }) => `${field} ${problem}`).join("; ")}.`,
      fields.map(({ field, allowed, example }) => `${field}: ${allowed}, for example ${example}`).join("; "),
      { fields },
    );
  }
  return { row, input };
}
