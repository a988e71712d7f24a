import type { Refused } from "../../src/gateway/types.ts";
import type { Problem } from "../../src/jobs/problem.ts";
import type { Text } from "../../src/language.ts";
import { refuseCall, type ToolCall } from "../define.ts";
import { correct, fieldOf } from "./fields.ts";

/** Everything that is wrong, said at once. `nothing`: what did not happen, such as `nothingCreated`. */
export function refuseProblems(
  call: ToolCall,
  nothing: Text,
  problems: readonly Problem[],
  code: "BAD_INPUT" | "PRECONDITION_NOT_MET" = "BAD_INPUT",
): Refused {
  return refuseCall(
    call,
    code,
    {
      en: `${nothing.en}: ${problems.map(({ sentence }) => sentence.en).join(" ")}`,
      zh: `${nothing.zh}：${problems.map(({ sentence }) => sentence.zh).join("")}`,
    },
    correct(problems),
    { fields: problems.map((problem) => fieldOf(problem, call)) },
  );
}
