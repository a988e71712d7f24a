import * as z from "zod";
import { defineTool, reply } from "../define.ts";
import { moment } from "./fields.ts";

/** As CTS names them (notes section 11). */
const resourceTypes = [
  "elasticresourcepool",
  "queue",
  "jobs",
  "database",
  "table",
  "template",
  "resource",
  "obs",
  "edsconnection",
  "datasourceauth",
  "authorization",
  "variable",
] as const;

export const listDliTraces = defineTool({
  name: "list_dli_traces",
  title: "Audit traces of the cloud",
  description: "Show who called what on DLI according to the cloud's own audit service (CTS), newest first.",
  toolset: "inspect",
  operations: ["ListTraces"],
  input: z.strictObject({
    traceName: z
      .string()
      .regex(/^[A-Za-z]{3,64}$/)
      .optional()
      .meta({ description: "Action", examples: ["submitStreamJobs"] }),
    resourceType: z.enum(resourceTypes).optional().meta({ description: "Kind of object" }),
    resourceName: z.string().min(1).max(128).optional().meta({ description: "Name of the object" }),
    user: z.string().min(1).max(64).optional().meta({ description: "User name" }),
    rating: z.enum(["normal", "warning", "incident"]).optional().meta({ description: "How it went" }),
    hours: z.number().int().min(1).max(168).default(24).meta({ description: "How far back" }),
    limit: z.number().int().min(1).max(200).default(20).meta({ description: "Rows" }),
    next: z.string().max(512).optional().meta({ description: "next of the page before" }),
  }),
  async run(input, { gateway, context, clock }) {
    const to = clock.now();
    const outcome = await gateway.run(
      "ListTraces",
      {
        trace_type: "system",
        service_type: "DLI",
        from: to - input.hours * 3_600_000,
        to,
        limit: input.limit,
        ...(input.traceName !== undefined && { trace_name: input.traceName }),
        ...(input.resourceType !== undefined && { resource_type: input.resourceType }),
        ...(input.resourceName !== undefined && { resource_name: input.resourceName }),
        ...(input.user !== undefined && { user: input.user }),
        ...(input.rating !== undefined && { trace_rating: input.rating }),
        ...(input.next !== undefined && { next: input.next }),
      },
      context,
    );
    return reply(outcome, (answer) => {
      // Requests and answers hold SQL, arguments and more that nobody asked for; the trace id finds them in the console.
      const traces = (answer.traces ?? []).map((trace) => ({
        at: moment(trace.time),
        action: trace.trace_name,
        by: nameOf(trace.user),
        from: trace.source_ip,
        object: [trace.resource_type, trace.resource_name ?? trace.resource_id].filter(Boolean).join(" "),
        rating: trace.trace_rating,
        httpStatus: trace.code,
        traceId: trace.trace_id,
      }));
      const marker = traces.length < input.limit ? undefined : answer.meta_data?.marker;
      return {
        summary: {
          en: `${traces.length} traces of the last ${input.hours} h.`,
          zh: `最近 ${input.hours} 小时的审计记录：${traces.length} 条。`,
        },
        data: { traces, ...(marker ? { next: marker } : {}) },
        ...(marker ? { next: { en: "next shows older ones.", zh: "用 next 可查看更早的记录。" } } : {}),
      };
    });
  },
});

/** Some traces carry the user as JSON text in a member. */
function nameOf(user: Readonly<Record<string, unknown>> | string | undefined): string | undefined {
  if (typeof user === "string") return user;
  const name = user?.user_name ?? user?.name;
  return typeof name === "string" ? name : undefined;
}
