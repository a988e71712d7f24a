import { sayIn } from "../../language.ts";
import { quoteForPerson } from "../../policy/confirmation.ts";
import type { Reviewer } from "./reviewer.ts";

export const reviewCreateWorkspace: Reviewer = ({ input, limits, language }) => {
  const t = sayIn(language);
  const spec = input.resourceSpec;
  const cu = typeof spec === "object" && spec !== null && "cu" in spec ? Number(spec.cu) : Number.NaN;
  if (!(cu > 0)) {
    return {
      overLimit: t("resourceSpec.cu is not a positive number of CU", "resourceSpec.cu 不是正的 CU 数"),
      next: t('Give it as text, for example "8".', '请以文本形式给出，例如 "8"。'),
    };
  }
  if (cu > limits.spend.maxWorkspaceCu) {
    return {
      overLimit: t(
        `${cu} CU is more than the ${limits.spend.maxWorkspaceCu} CU that the policy admits for a workspace`,
        `${cu} CU 超过策略允许的工作空间上限 ${limits.spend.maxWorkspaceCu} CU`,
      ),
      next: t(
        `Ask for ${limits.spend.maxWorkspaceCu} CU or less; a person can raise spend.maxWorkspaceCu.`,
        `请申请不超过 ${limits.spend.maxWorkspaceCu} CU；用户可提高 spend.maxWorkspaceCu。`,
      ),
    };
  }
  return {
    details: [
      { label: t("Name", "名称"), text: quoteForPerson(String(input.workspaceName)) },
      {
        label: t("Size", "规格"),
        text: t(`${cu} CU at most (1 CU = 1 core and 4 GiB)`, `最多 ${cu} CU（1 CU = 1 核 4 GiB）`),
      },
      { label: t("Billing", "付费方式"), text: quoteForPerson(String(input.paymentType)) },
      { label: t("Bucket", "存储桶"), text: quoteForPerson(String(input.ossBucket)) },
      { label: t("Job role", "作业角色"), text: quoteForPerson(String(input.ramRoleName)) },
    ],
    cost: { cu },
  };
};
