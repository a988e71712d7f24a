import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createOssTransport } from "../../src/clouds/storage/oss-transport.ts";
import { startObjectStore } from "../../src/sandbox/storage/server.ts";
import { uploadProgram } from "../../tools/storage/upload-program.ts";
import { answered, contextWith, gatewayOver, manualClock } from "../doubles/gateway-parts.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "upload-")));
const program = join(folder, "clean.py");
writeFileSync(program, "print(1)\n");

const uri = "oss://lake/jobs/clean.py";
const script = {
  HeadObject: answered({ exists: false }),
  PutObject: answered({ uri, bytes: 9, etag: '"x"' }),
};

function callOver(script: Parameters<typeof gatewayOver>[0]) {
  const { gateway, cloud } = gatewayOver(script);
  return { cloud, call: { gateway, context: contextWith({ strength: "accepted" }), clock: manualClock() } };
}

test("a person is shown the file's real path, its size and its digest before it leaves", async () => {
  const { call, cloud } = callOver(script);
  const result = await uploadProgram.run({ uri, localPath: program }, call);
  if (result.kind !== "ask") throw new Error(JSON.stringify(result));
  expect(result.plan.question).toContain(program);
  expect(result.plan.question).toContain("9 bytes");
  expect(result.plan.question).toContain(createHash("sha256").update("print(1)\n").digest("hex"));
  expect(cloud.count("PutObject")).toBe(0);
});

test("files in folders for keys, hidden files and other kinds of file are refused, behind a link too", async () => {
  const ssh = join(folder, ".ssh");
  mkdirSync(ssh);
  writeFileSync(join(ssh, "key.txt"), "secret");
  writeFileSync(join(folder, ".env.txt"), "secret");
  writeFileSync(join(folder, "id_rsa"), "secret");
  symlinkSync(join(ssh, "key.txt"), join(folder, "innocent.txt"));
  for (const name of [".ssh/key.txt", ".env.txt", "id_rsa", "innocent.txt", "not-there.py"]) {
    const { call, cloud } = callOver(script);
    const result = await uploadProgram.run({ uri, localPath: join(folder, name) }, call);
    expect(result, name).toMatchObject({ kind: "refused", code: "BAD_INPUT" });
    expect(cloud.sent).toHaveLength(0);
  }
});

test("a path that is not absolute, both sources and no source are named as what is wrong", async () => {
  for (const input of [{ localPath: "clean.py" }, {}, { localPath: program, content: "x" }]) {
    const { call } = callOver(script);
    const result = await uploadProgram.run({ uri, ...input }, call);
    expect(result).toMatchObject({ kind: "refused", code: "BAD_INPUT", fields: [{ field: "localPath" }] });
  }
});

test("what is wrong with the file is said in the reader's language, in the sentence and of the field", async () => {
  const { call } = callOver(script);
  const inChinese = { ...call, context: { ...call.context, language: "zh" as const } };
  expect(await uploadProgram.run({ uri, localPath: "clean.py" }, inChinese)).toMatchObject({
    what: "未上传任何内容：localPath 不是绝对路径。",
    fields: [{ field: "localPath", problem: "不是绝对路径" }],
  });
});

test("a file larger than the limit is refused before anybody is asked", async () => {
  const { gateway } = gatewayOver(script);
  const outcome = await gateway.run(
    "PutObject",
    { uri, sha256: "0".repeat(64), bytes: 300 * 1024 * 1024, localPath: program, overwrite: false },
    contextWith({ strength: "accepted" }),
  );
  expect(outcome).toMatchObject({ kind: "refused", code: "OVER_LIMIT" });
});

test("a file that changed after it was approved is not sent", async () => {
  const store = await startObjectStore({ rootFolder: folder, accessKeyId: "id", accessKeySecret: "secret" });
  const transport = createOssTransport(async () => ({
    endpoint: store.endpoint,
    regionId: "cn-hangzhou",
    accessKeyId: "id",
    accessKeySecret: "secret",
  }));
  const answer = await transport.send(
    {
      operation: "PutObject",
      method: "PUT",
      path: `/${encodeURIComponent(uri)}`,
      query: {},
      body: { localPath: program, sha256: "0".repeat(64), overwrite: false },
    },
    { deadlineMs: 5_000, signal: new AbortController().signal },
  );
  expect(answer).toMatchObject({ kind: "not-sent", reason: "guard" });
  await store.close();
});
