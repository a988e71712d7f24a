import { spawnSync } from "node:child_process";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, test } from "vitest";
import { dliInstructions } from "../../src/server/dli-instructions.ts";
import { instructions } from "../../src/server/instructions.ts";
import { logLevelFrom } from "../../src/server/log.ts";

const log = new URL("../../src/server/log.ts", import.meta.url).href;

function run(level: string, script: string): { stdout: string; stderr: string } {
  const code = `import { createLog } from ${JSON.stringify(log)}; const log = createLog("${level}"); ${script}`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  return { stdout, stderr };
}

describe("the log", () => {
  test("goes to stderr, in order, and never to stdout", () => {
    const { stdout, stderr } = run("info", 'log.info("first"); log.warn("second", { n: 1 }); log.debug("unseen");');
    expect(stdout).toBe("");
    const lines = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { msg: string });
    expect(lines.map(({ msg }) => msg)).toEqual(["first", "second"]);
  });

  test("masks secrets in members, messages and errors", () => {
    const { stderr } = run(
      "error",
      `log.error("password=hunter2", { accessKeySecret: "s3cret", nested: { token: "t0ken" }, error: new Error("token=abc123def") });`,
    );
    expect(stderr).toContain("****");
    expect(stderr).not.toMatch(/hunter2|s3cret|t0ken|abc123def/);
  });

  test("is written even when the process ends at once", () => {
    expect(run("error", 'log.error("last words"); process.exit(0);').stderr).toContain("last words");
  });

  test("loads its library with the first line it writes, not before", () => {
    const { stdout } = run(
      "error",
      `import module from "node:module";
       import { setTimeout as delay } from "node:timers/promises";
       const loaded = () => Object.keys(module._cache).some((path) => path.includes("pino"));
       log.info("below the level"); await delay(50); const before = loaded();
       log.error("written"); await delay(500); console.log(before, loaded());`,
    );
    expect(stdout).toBe("false true\n");
  });

  test.each([
    ["debug", "debug"],
    ["ERROR", "error"],
    ["silent", "silent"],
    ["loud", "warn"],
    [undefined, "warn"],
  ])("level %s is %s", (text, level) => {
    expect(logLevelFrom(text)).toBe(level);
  });
});

describe("the instructions", () => {
  test.each([instructions, dliInstructions])("cost less than 300 tokens a session", (text) => {
    expect(encode(text).length).toBeLessThan(300);
  });

  test("of DLI answer a request to delete a pool or a database with the console", () => {
    expect(dliInstructions).toContain("Deleting an elastic resource pool or a database is not supported here");
    expect(dliInstructions).toContain("https://console.huaweicloud.com/dli/");
  });

  test("answer a request to delete a workspace with the console", () => {
    expect(instructions).toContain("Workspace deletion is not supported via this skill");
    expect(instructions).toContain(
      "https://emr-next.console.aliyun.com/#/region/cn-hangzhou/resource/all/serverless/spark/list",
    );
  });
});
