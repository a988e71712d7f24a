import { refuse } from "../../src/gateway/refuse.ts";
import type { Refused } from "../../src/gateway/types.ts";
import type { Problem } from "../../src/jobs/problem.ts";
import type { ToolCall } from "../define.ts";

/** Everything that is wrong, said at once. `nothing`: what did not happen, such as `Nothing was created`. */
export function refuseProblems(
  { gateway, context }: ToolCall,
  nothing: string,
  problems: readonly Problem[],
  code: "BAD_INPUT" | "PRECONDITION_NOT_MET" = "BAD_INPUT",
): Refused {
  const said = problems.map(({ sentence }) => sentence[context.language]);
  const fields = problems.map(({ field, sentence, allowed = "see the tool's description", example = "" }) => ({
    field,
    problem: sentence[context.language],
    allowed,
    example,
  }));
  const next = fields.map(
    ({ field, allowed, example }) => `${field}: ${allowed}${example && `, for example ${example}`}`,
  );
  return refuse(gateway.where, code, `${nothing}: ${said.join(" ")}`, next.join("; "), { fields });
}
