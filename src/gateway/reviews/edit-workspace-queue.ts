import { sayIn } from "../../language.ts";
import { quoteForPerson } from "../../policy/confirmation.ts";
import type { Reviewer } from "./reviewer.ts";

/** Before and after of the queue, and of the sum over all queues of the workspace. */
export const reviewEditWorkspaceQueue: Reviewer = ({ input, facts, limits, language }) => {
  const t = sayIn(language);
  const unknown = t("unknown", "未知");
  const spec = input.resourceSpec;
  const wanted = typeof spec === "object" && spec !== null && "cu" in spec ? Number(spec.cu) : Number.NaN;
  if (!(wanted >= 0)) {
    return {
      overLimit: t("resourceSpec.cu is not a number of CU", "resourceSpec.cu 不是 CU 数"),
      next: t("Give it as a whole number.", "请给出整数。"),
    };
  }
  if (wanted > limits.spend.maxWorkspaceCu) {
    return {
      overLimit: t(
        `${wanted} CU is more than the ${limits.spend.maxWorkspaceCu} CU that the policy admits`,
        `${wanted} CU 超过策略允许的 ${limits.spend.maxWorkspaceCu} CU`,
      ),
      next: t(`Ask for ${limits.spend.maxWorkspaceCu} CU or less.`, `请申请不超过 ${limits.spend.maxWorkspaceCu} CU。`),
    };
  }
  const before = facts.bound.queueCu;
  const sum = facts.bound.allQueuesCu;
  const after = typeof sum === "number" && typeof before === "number" ? sum - before + wanted : undefined;
  return {
    details: [
      { label: t("Queue", "队列"), text: quoteForPerson(String(input.workspaceQueueName)) },
      { label: t("CU before", "原 CU"), text: String(before ?? unknown) },
      { label: t("CU after", "新 CU"), text: String(wanted) },
      { label: t("All queues before", "所有队列（原）"), text: `${sum ?? unknown} CU` },
      { label: t("All queues after", "所有队列（新）"), text: `${after ?? unknown} CU` },
    ],
    cost: { cu: wanted },
  };
};
