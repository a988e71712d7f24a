import * as z from "zod";

/** Argument types that the Flink tools share. */

export const flinkJobId = z
  .number()
  .int()
  .min(1)
  .meta({ description: "Flink job ID", examples: [138] });

export const flinkName = z
  .string()
  .min(1)
  .max(57)
  .meta({ description: "Job name, unique", examples: ["click_loader"] });

export const waitSeconds = z
  .number()
  .int()
  .min(1)
  .max(1800)
  .default(300)
  .meta({ description: "How long this call may take" });
