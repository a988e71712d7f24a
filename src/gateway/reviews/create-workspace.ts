import { quoteForPerson } from "../../policy/confirmation.ts";
import type { Reviewer } from "./reviewer.ts";

export const reviewCreateWorkspace: Reviewer = ({ input, limits }) => {
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
      { label: "Name", text: quoteForPerson(String(input.workspaceName)) },
      { label: "Size", text: `${cu} CU at most (1 CU = 1 core and 4 GiB)` },
      { label: "Billing", text: quoteForPerson(String(input.paymentType)) },
      { label: "Bucket", text: quoteForPerson(String(input.ossBucket)) },
      { label: "Job role", text: quoteForPerson(String(input.ramRoleName)) },
    ],
    cost: { cu },
  };
};
