import * as z from "zod";
import { grammars } from "../../src/operations/grammar.ts";
import { defineTool, reply, type ToolAnswer } from "../define.ts";
import { pageSize } from "../emr/fields.ts";
import { inspect } from "../storage/upload-program.ts";

export const uploadToObs = defineTool({
  name: "upload_program",
  title: "Upload a program",
  description: "Put a program or small data file on OBS for jobs, from a local path or as text (a person approves).",
  toolset: "storage",
  operations: ["ObsPutObject"],
  input: z.strictObject({
    uri: z
      .string()
      .max(1100)
      .meta({ description: "Where to", examples: [grammars.obsUri.example] }),
    localPath: z
      .string()
      .max(4096)
      .optional()
      .meta({ description: "Absolute path of the file on the server's computer" }),
    content: z.string().max(1_000_000).optional().meta({ description: "Or the text itself" }),
    overwrite: z.boolean().default(false).meta({ description: "Replace an existing object" }),
  }),
  async run(input, call) {
    const source = await inspect(input, call);
    if ("kind" in source) return source;
    const outcome = await call.gateway.run(
      "ObsPutObject",
      { uri: input.uri, overwrite: input.overwrite, ...source },
      call.context,
    );
    return reply(outcome, (answer) => ({
      summary: {
        en: `${answer.bytes} bytes were written to ${answer.uri}.`,
        zh: `已向 ${answer.uri} 写入 ${answer.bytes} 字节。`,
      },
      data: { uri: answer.uri, bytes: answer.bytes, sha256: source.sha256 },
      next: {
        en: "submit_spark_batch with this address as file runs it.",
        zh: "在 submit_spark_batch 中将 file 设为该地址即可运行。",
      },
    }));
  },
});

export const listObsObjects = defineTool({
  name: "list_obs_objects",
  title: "Buckets and objects",
  description: "List the OBS buckets, or what lies in one.",
  toolset: "inspect",
  operations: ["ObsListBuckets", "ObsListObjects"],
  input: z.strictObject({
    bucket: z.string().max(63).optional().meta({ description: "Absent: the buckets" }),
    prefix: z.string().max(1024).optional().meta({ description: "Beginning of the keys" }),
    marker: z.string().max(1024).optional().meta({ description: "nextMarker of the page before" }),
    pageSize,
  }),
  async run(input, { gateway, context }): Promise<ToolAnswer> {
    const { bucket, prefix, marker } = input;
    if (bucket === undefined) {
      const outcome = await gateway.run("ObsListBuckets", {}, context);
      return reply(outcome, ({ buckets, truncated }) => ({
        summary: {
          en: `Buckets: ${buckets.length}${truncated ? " (more exist)" : ""}.`,
          zh: `OBS 桶：${buckets.length} 个${truncated ? "（还有更多）" : ""}。`,
        },
        data: { buckets },
        next: { en: "upload_program puts a program into one.", zh: "upload_program 可将程序上传到桶中。" },
      }));
    }
    const outcome = await gateway.run(
      "ObsListObjects",
      {
        bucket,
        "max-keys": input.pageSize,
        ...(prefix !== undefined && { prefix }),
        ...(marker !== undefined && { marker }),
      },
      context,
    );
    return reply(outcome, ({ objects, truncated, nextMarker }) => ({
      summary: {
        en: `${objects.length} objects of ${bucket}${truncated ? " (more exist)" : ""}.`,
        zh: `桶 ${bucket} 中的 ${objects.length} 个对象${truncated ? "（还有更多）" : ""}。`,
      },
      data: {
        objects: objects.map(({ uri, bytes, lastModified }) => ({ uri, bytes, lastModified })),
        ...(nextMarker !== undefined && { nextMarker }),
      },
    }));
  },
});
