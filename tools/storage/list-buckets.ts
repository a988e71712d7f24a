import * as z from "zod";
import { defineTool, reply } from "../define.ts";

export const listBuckets = defineTool({
  name: "list_buckets",
  title: "List buckets",
  description: "List the OSS buckets programs and workspaces can use.",
  toolset: "storage",
  operations: ["ListBuckets"],
  input: z.strictObject({}),
  async run(_input, { gateway, context }) {
    const outcome = await gateway.run("ListBuckets", {}, context);
    return reply(outcome, (answer) => ({
      summary: `Buckets: ${answer.buckets.length}${answer.truncated ? " (more exist)" : ""}.`,
      data: { buckets: answer.buckets },
      next: "upload_program puts a program into one.",
    }));
  },
});
