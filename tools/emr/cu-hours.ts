import * as z from "zod";
import { parseCuHours } from "../../src/jobs/resources.ts";
import { defineTool, reply } from "../define.ts";
import { queueName, workspaceId } from "./fields.ts";

const moment = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/)
  .meta({ description: "yyyy-MM-dd HH:mm:ss", examples: ["2026-01-08 00:00:00"] });

export const getCuHours = defineTool({
  name: "get_cu_hours",
  title: "CU consumption",
  description: "Show the CU-hours a queue consumed, by hour, over a month at most.",
  toolset: "queue",
  operations: ["GetCuHours"],
  input: z.strictObject({ workspaceId, queue: queueName, from: moment, to: moment }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "GetCuHours",
      { workspaceId: input.workspaceId, queue: input.queue, startTime: input.from, endTime: input.to },
      context,
    );
    return reply(outcome, (answer) => {
      const hours = parseCuHours(String(answer.data?.cuHours ?? ""));
      const total = hours.reduce((sum, { cuHours }) => sum + cuHours, 0);
      const busiest = hours.toSorted((a, b) => b.cuHours - a.cuHours)[0];
      return {
        summary: {
          en: `${input.queue} consumed ${total.toFixed(3)} CU-hours from ${input.from} to ${input.to}.`,
          zh: `${input.queue} 在 ${input.from} 至 ${input.to} 期间消耗 ${total.toFixed(3)} CU 时。`,
        },
        data: { totalCuHours: Number(total.toFixed(6)), busiest, hours: hours.filter(({ cuHours }) => cuHours > 0) },
      };
    });
  },
});
