import { quoteForPerson } from "../../policy/confirmation.ts";
import type { Reviewer } from "./reviewer.ts";
import { inLanguage } from "./words.ts";

export const reviewCreateWorkspace: Reviewer = ({ input, limits, language }) => {
  const t = inLanguage(language);
  const spec = input.resourceSpec;
  const cu = typeof spec === "object" && spec !== null && "cu" in spec ? Number(spec.cu) : Number.NaN;
  if (!(cu > 0)) {
    return { overLimit: "resourceSpec.cu is not a positive number of CU", next: 'Give it as text, for example "8".' };
  }
  if (cu > limits.spend.maxWorkspaceCu) {
    return {
      overLimit: `${cu} CU is more than the ${limits.spend.maxWorkspaceCu} CU that the policy admits for a workspace`,
      next: `Ask for ${limits.spend.maxWorkspaceCu} CU or less; a person can raise spend.maxWorkspaceCu.`,
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
