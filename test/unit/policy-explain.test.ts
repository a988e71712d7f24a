import { describe, expect, test } from "vitest";
import { languages } from "../../src/language.ts";
import { findOperation } from "../../src/operations/registry.ts";
import { entry, paragraph, widthOf } from "../../src/policy/columns.ts";
import { explainRule } from "../../src/policy/explain.ts";
import { allRows, dliPolicy, rowOf, ruleOf, shippedPolicy } from "./policy-fixture.ts";

const policy = shippedPolicy();
/** Line numbers move with every edit of a file; that they are right is tested where files are loaded. */
const withoutLines = (text: string) => text.replace(/(\w\.yaml):\d+/g, "$1:N");

describe("an explanation", () => {
  test("tells all about a destructive operation", () => {
    expect(withoutLines(explainRule(policy, "CancelJobRun", rowOf("CancelJobRun"), "en"))).toMatchInlineSnapshot(`
      "CancelJobRun: Ask the service to cancel a job run
      request     DELETE /api/v1/workspaces/{workspaceId}/jobRuns/{jobRunId}
      risk        destructive [emr-serverless-spark.yaml:N]
      approval    accepted: a person says yes in the client, or by a stronger way;
                  what it ends or deletes does not come back [limits.yaml:N]
      environment production: out-of-band: a person decides outside the client
                  [limits.yaml:N]
      environment development: accepted: a person says yes in the client, or by a
                  stronger way [limits.yaml:N]
      target      $jobRunId [emr-serverless-spark.yaml:N]
      impact      Aborts the job run {$jobRunId} ({name}, now {state}); work done so
                  far may be lost and what it has already written stays as it is
                  [emr-serverless-spark.yaml:N]
      before      GetJobRun is read; state must be Submitted or Pending or Running;
                  shown: name, queue, codeType, submitTime. Otherwise refused: the job
                  run does not exist or is not active any more. Read its state with
                  GetJobRun; a run that has ended needs no cancelling.
                  [emr-serverless-spark.yaml:N]
      lost answer may be sent again: twice has the effect of once
                  [emr-serverless-spark.yaml:N]
      deadline    60 s for a request [limits.yaml:N]; when throttled, 5 to 10 s of
                  waiting, at most 5 times [limits.yaml:N]
      afterwards  GetJobRun is read for up to 45 s until Cancelled, CancelFailed,
                  Success, Failed; what is not reached is reported as seen
                  [emr-serverless-spark.yaml:N]
      RAM         emr-serverless-spark:CancelJobRun"
    `);
  });

  test("tells it in Chinese too", () => {
    expect(withoutLines(explainRule(policy, "CancelJobRun", rowOf("CancelJobRun"), "zh"))).toMatchInlineSnapshot(`
      "CancelJobRun: Ask the service to cancel a job run
      请求        DELETE /api/v1/workspaces/{workspaceId}/jobRuns/{jobRunId}
      风险        destructive（破坏性） [emr-serverless-spark.yaml:N]
      批准        accepted：由人在客户端确认，或更强的方式；被终止或删除的内容无法恢复
                  [limits.yaml:N]
      环境        production：out-of-band：由人在客户端之外决定 [limits.yaml:N]
      环境        development：accepted：由人在客户端确认，或更强的方式
                  [limits.yaml:N]
      目标        $jobRunId [emr-serverless-spark.yaml:N]
      影响        中止作业运行 {$jobRunId}（{name}，当前 {state}）；已完成的计算可能丢
                  失，已写出的数据保持原样 [emr-serverless-spark.yaml:N]
      执行前      读取 GetJobRun；state 必须为 Submitted 或 Pending 或 Running；并显示
                  name、queue、codeType、submitTime。否则拒绝：作业运行不存在或已不处
                  于活动状态。请用 GetJobRun 查看状态；已结束的运行无需取消。
                  [emr-serverless-spark.yaml:N]
      应答丢失    可再次发送，两次与一次效果相同 [emr-serverless-spark.yaml:N]
      时限        每次请求 60 秒 [limits.yaml:N]；被限流时等待 5 到 10 秒，最多 5 次
                  [limits.yaml:N]
      执行后      最多 45 秒内读取 GetJobRun，直到 Cancelled、CancelFailed、Success、
                  Failed；未达到则如实报告所见状态 [emr-serverless-spark.yaml:N]
      RAM         emr-serverless-spark:CancelJobRun"
    `);
  });

  test("tells that a forbidden operation stays forbidden", () => {
    expect(withoutLines(explainRule(policy, "DeleteWorkspace", rowOf("DeleteWorkspace"), "en"))).toMatchInlineSnapshot(`
      "DeleteWorkspace: Delete a workspace and all in it (asynchronous, TERMINATING)
      request     DELETE /api/v1/workspaces/{workspaceId}
      risk        forbidden [emr-serverless-spark.yaml:N]
      approval    Refused always; no configuration and no approval lifts this.
                  Workspace deletion is not supported via this skill; delete
                  workspaces through the EMR Serverless Spark Console
                  (https://emr-next.console.aliyun.com/#/region/cn-hangzhou/resource/all/serverless/spark/list,
                  with the right region). [emr-serverless-spark.yaml:N]
      target      $workspaceId [emr-serverless-spark.yaml:N]
      impact      Would delete the workspace with every job, session, gateway and
                  queue in it, for good [emr-serverless-spark.yaml:N]"
    `);
  });

  test("tells that secrets of a read are masked", () => {
    expect(withoutLines(explainRule(policy, "GetKyuubiToken", rowOf("GetKyuubiToken"), "en"))).toMatchInlineSnapshot(`
      "GetKyuubiToken: Read one token, value included
      request     GET
                  /api/v1/workspaces/{workspaceId}/kyuubiService/{kyuubiServiceId}/token/{tokenId}
      risk        read-secret (the answer holds secrets; they are masked)
                  [emr-serverless-spark.yaml:N]
      approval    none; it changes nothing and its secrets are masked [limits.yaml:N]
      target      $tokenId [emr-serverless-spark.yaml:N]
      impact      Reads one token; its value is masked here, nothing changes
                  [emr-serverless-spark.yaml:N]
      lost answer read again [emr-serverless-spark.yaml:N]
      deadline    30 s for a request [limits.yaml:N]; when throttled, 5 to 10 s of
                  waiting, at most 5 times [limits.yaml:N]
      RAM         emr-serverless-spark:GetKyuubiToken"
    `);
  });

  test("names the file and line of each statement", () => {
    const text = explainRule(policy, "StartJobRun", rowOf("StartJobRun"), "en");
    const { line } = policy.origin("StartJobRun", "impact") ?? { line: 0 };
    expect(text).toContain(`[emr-serverless-spark.yaml:${line}]`);
    expect(text).toContain(`[limits.yaml:${policy.limitOrigin("approval", "spend")?.line}]`);
  });

  test.each(languages)("fits in 80 columns unless a single word does not (%s)", (language) => {
    for (const row of allRows) {
      const lines = explainRule(policy, row.name, row, language).split("\n");
      const tooLong = lines.filter((line) => widthOf(line) > 80 && /\s/.test(line.trim()));
      expect(tooLong).toEqual([]);
    }
  });

  test("of an operation that nobody knows is that it would be refused", () => {
    expect(explainRule(policy, "DropEverything", undefined, "en")).toMatch(/^DropEverything would be refused/);
    expect(explainRule(policy, "DropEverything", undefined, "zh")).toMatch(/^DropEverything 会被拒绝/);
  });

  test("of a policy that knows no lines names none", () => {
    const nowhere = { ...policy, origin: () => undefined, limitOrigin: () => undefined };
    expect(explainRule(nowhere, "CancelJobRun", rowOf("CancelJobRun"), "en")).not.toMatch(/\.yaml|\[/);
  });

  test("of a forbidden operation says so even where nothing is to be done instead", () => {
    const { instead, ...rule } = ruleOf(policy, "DeleteWorkspace");
    const bare = { ...policy, rule: () => rule };
    expect(explainRule(bare, "DeleteWorkspace", rowOf("DeleteWorkspace"), "en")).toContain("Refused always;");
  });

  test("repeats nothing odd of an unknown name", () => {
    expect(explainRule(policy, "x\u202e\n\u001b[2J", undefined, "en")).toMatch(/^x\?\?\?\?2J would be refused/);
  });
});

describe("text in columns", () => {
  test("wraps at 80 beside its label, and breaks no word", () => {
    const words = Array.from({ length: 20 }, () => "abcdefg").join(" ");
    expect(entry("risk", words, 12).split("\n")).toEqual([
      `risk        ${Array.from({ length: 8 }, () => "abcdefg").join(" ")}`,
      `            ${Array.from({ length: 8 }, () => "abcdefg").join(" ")}`,
      `            ${Array.from({ length: 4 }, () => "abcdefg").join(" ")}`,
    ]);
    expect(paragraph(`a ${"x".repeat(90)} b`)).toBe(`a\n${"x".repeat(90)}\nb`);
  });

  test("fills a line to its last column", () => {
    expect(paragraph(`${"a".repeat(40)} ${"b".repeat(39)}`)).not.toContain("\n");
    expect(paragraph(`${"a".repeat(40)} ${"b".repeat(40)}`)).toContain("\n");
    expect(paragraph("中".repeat(41))).toBe(`${"中".repeat(40)}\n中`);
  });

  test("begins no line with closing punctuation", () => {
    expect(paragraph(`${"中".repeat(40)}。`)).toBe(`${"中".repeat(39)}\n中。`);
  });

  test("keeps a blank between a label that fills its margin and what it labels", () => {
    expect(entry("a label of its own", "text", 12)).toBe("a label of its own text");
    expect(entry("risk", "", 12)).toBe("risk        ");
  });
});

test("a request that carries a key is looked for by it, and its permission is IAM's", () => {
  const row = findOperation("CreateSparkJob");
  const text = explainRule(dliPolicy(), "CreateSparkJob", row, "en").replace(/\s+/g, " ");
  expect(text).toContain("lost answer looked for with ListSparkJobs by the key it carried");
  expect(text).toContain("not there after 150 s");
  expect(text).toContain("IAM dli:queue:submitJob");
  expect(explainRule(dliPolicy(), "CreateSparkJob", row, "zh").replace(/\s+/g, "")).toContain(
    "150秒后仍未找到才重新发送",
  );
});
