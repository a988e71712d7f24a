import type { Refused } from "../../src/gateway/types.ts";
import type { Problem } from "../../src/jobs/problem.ts";
import type { Text } from "../../src/language.ts";
import { refuseCall, type ToolCall } from "../define.ts";

const seeDescription: Text = { en: "see the tool's description", zh: "见工具说明" };

/** What the pure core refuses, all of it at once. `nothing`: what did not happen, without a full stop. */
export function refuseProblems(
  call: Pick<ToolCall, "gateway" | "context">,
  nothing: Text,
  problems: readonly Problem[],
  code: "BAD_INPUT" | "PRECONDITION_NOT_MET" = "BAD_INPUT",
): Refused {
  const allowed = problems.map(allowedBy);
  return refuseCall(
    call,
    code,
    {
      en: `${nothing.en}: ${problems.map(({ sentence }) => sentence.en).join(" ")}`,
      zh: `${nothing.zh}：${problems.map(({ sentence }) => sentence.zh).join("")}`,
    },
    { en: allowed.map(({ en }) => en).join("; "), zh: `请修正：${allowed.map(({ zh }) => zh).join("；")}` },
    {
      fields: problems.map((each) => ({
        field: each.field,
        problem: each.sentence,
        allowed: each.allowed ?? seeDescription.en,
        example: each.example ?? "",
      })),
    },
  );
}

function allowedBy({ field, allowed, example }: Problem): Text {
  return {
    en: `${field}: ${allowed ?? seeDescription.en}${example ? `, for example ${example}` : ""}`,
    zh: `${field}：${allowed ?? seeDescription.zh}${example ? `，例如 ${example}` : ""}`,
  };
}
