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
      summary: {
        en: `Buckets: ${answer.buckets.length}${answer.truncated ? " (more exist)" : ""}.`,
        zh: `存储桶：${answer.buckets.length} 个${answer.truncated ? "（还有更多）" : ""}。`,
      },
      data: { buckets: answer.buckets },
      next: { en: "upload_program puts a program into one.", zh: "可用 upload_program 将程序上传到其中。" },
    }));
  },
});
