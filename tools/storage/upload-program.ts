import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, extname, isAbsolute } from "node:path";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import type { Refused } from "../../src/gateway/types.ts";
import type { Text } from "../../src/language.ts";
import { defineTool, refuseCall, reply, type ToolCall } from "../define.ts";
import { ossUri } from "../emr/fields.ts";

const extensions = [".py", ".jar", ".sql", ".zip", ".whl", ".egg", ".csv", ".json", ".jsonl", ".parquet", ".txt"];

/** Folders in which programs keep keys and settings; nothing of them is ever uploaded. */
const privateFolders: ReadonlySet<string> = new Set([
  ".ssh",
  ".gnupg",
  ".aws",
  ".aliyun",
  ".azure",
  ".kube",
  ".docker",
  ".git",
  ".config",
]);

export const uploadProgram = defineTool({
  name: "upload_program",
  title: "Upload a program",
  description:
    "Put a program or small data file on OSS for start_job_run, from a local path or as text (a person approves).",
  toolset: "storage",
  operations: ["PutObject"],
  input: z.strictObject({
    uri: ossUri.meta({ description: "Where to", examples: ["oss://lake/jobs/clean.py"] }),
    localPath: z
      .string()
      .max(4096)
      .optional()
      .meta({
        description: "Absolute path of the file on the server's computer",
        examples: ["/home/ann/clean.py"],
      }),
    content: z
      .string()
      .max(1_000_000)
      .optional()
      .meta({ description: "Or the text itself", examples: ["print(1)"] }),
    overwrite: z.boolean().default(false).meta({ description: "Replace an existing object" }),
  }),
  async run(input, call) {
    const source = await inspect(input, call);
    if ("kind" in source) return source;
    const outcome = await call.gateway.run(
      "PutObject",
      { uri: input.uri, overwrite: input.overwrite, ...source },
      call.context,
    );
    return reply(outcome, (answer) => ({
      summary: {
        en: `${answer.bytes} bytes were written to ${answer.uri}.`,
        zh: `已将 ${answer.bytes} 字节写入 ${answer.uri}。`,
      },
      data: { uri: answer.uri, bytes: answer.bytes, sha256: source.sha256 },
      next: {
        en: "start_job_run with this address as entryPoint runs it.",
        zh: "可用 start_job_run 并以此地址作为 entryPoint 运行。",
      },
    }));
  },
});

export interface Source {
  sha256: string;
  bytes: number;
  localPath?: string;
  content?: string;
}

/** Reads size and digest, and refuses files that have no business leaving this computer. */
export async function inspect(
  input: { localPath?: string | undefined; content?: string | undefined },
  call: ToolCall,
): Promise<Source | Refused> {
  const { localPath, content } = input;
  if ((localPath === undefined) === (content === undefined)) {
    return refuseSource(
      call,
      { en: "and content: exactly one must be given", zh: "和 content 必须且只能给出其中一个" },
      { en: "one of the two", zh: "二者之一" },
    );
  }
  if (content !== undefined) {
    return { content, bytes: Buffer.byteLength(content), sha256: createHash("sha256").update(content).digest("hex") };
  }
  // Somebody who signed in over HTTP sits at another computer, and this one's files are not theirs to read or to probe.
  if (call.context.principal) {
    return refuseSource(
      call,
      { en: "is a file of the server's computer", zh: "是服务器上的文件" },
      { en: "content, the text itself", zh: "请改用 content 直接给出文本" },
      "print(1)",
    );
  }
  const path = localPath ?? "";
  if (!isAbsolute(path)) return refuseSource(call, { en: "is not absolute", zh: "不是绝对路径" });
  try {
    const real = await realpath(path);
    const segments = real.split(/[/\\]/);
    const isPrivate = segments.some((segment) => privateFolders.has(segment)) || basename(real).startsWith(".");
    if (isPrivate || !extensions.includes(extname(basename(real)).toLowerCase())) {
      return refuseSource(call, {
        en: "is private or not a program or data file",
        zh: "是私密文件，或不是程序或数据文件",
      });
    }
    const { size } = await stat(real);
    const hash = createHash("sha256");
    await pipeline(createReadStream(real), hash);
    return { localPath: real, bytes: size, sha256: hash.digest("hex") };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return refuseSource(call, { en: `cannot be read (${message})`, zh: `无法读取（${message}）` });
  }
}

const programFile: Text = {
  en: `an absolute path of a file ending in ${extensions.join(", ")}, not hidden and not in a folder for keys or settings`,
  zh: `扩展名为 ${extensions.join("、")} 之一的文件的绝对路径，不能是隐藏文件，也不能位于存放密钥或设置的文件夹中`,
};

/** Says of localPath what is wrong with it, and what may be given. */
function refuseSource(
  call: ToolCall,
  problem: Text,
  allowed: Text = programFile,
  example = "/home/ann/clean.py",
): Refused {
  const field = "localPath";
  return refuseCall(
    call,
    "BAD_INPUT",
    { en: `Nothing was uploaded: ${field} ${problem.en}.`, zh: `未上传任何内容：${field} ${problem.zh}。` },
    { en: `${field}: ${allowed.en}`, zh: `${field}：${allowed.zh}` },
    { fields: [{ field, problem, allowed: allowed.en, example }] },
  );
}
