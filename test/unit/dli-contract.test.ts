import { describe, expect, test } from "vitest";
import { type ContractCloud, capabilities, contracts, requireCapability } from "../../src/jobs/contract.ts";
import { dliProcess } from "../../src/jobs/dli/process.ts";
import { isRefused } from "../../src/jobs/problem.ts";
import { jobPhase, phaseOfStatement } from "../../src/jobs/states.ts";
import { findOperation } from "../../src/operations/registry.ts";
import type { Tool } from "../../tools/define.ts";
import { dliTools } from "../../tools/dli/index.ts";
import { tools } from "../../tools/index.ts";

const toolsOf: Record<ContractCloud, readonly Tool[]> = { emr: tools, dli: dliTools };
const clouds = ["emr", "dli"] as const;

describe.each(clouds)("the contract of %s", (cloud) => {
  const { can, states } = contracts[cloud];

  test.each(capabilities)("says of %s who does it, or why nothing does", (capability) => {
    const found = requireCapability(cloud, capability);
    if (isRefused(found)) {
      expect(found.problem).toMatchObject({ code: "NOT_SUPPORTED", field: capability });
      expect(found.problem.sentence.en).toMatch(/\.$/);
      expect(found.problem.sentence.zh).toMatch(/。$/);
      return;
    }
    if (found.operation !== undefined) expect(findOperation(found.operation)).toBeDefined();
    if (found.tool === undefined) return;
    const tool = toolsOf[cloud].find(({ name }) => name === found.tool);
    expect(tool?.operations, `${found.tool} carries out ${found.operation}`).toContain(found.operation);
  });

  test("has an entry for nothing else", () => {
    expect(Object.keys(can).sort()).toEqual([...capabilities].sort());
  });

  test("has an end for every kind of work", () => {
    for (const table of Object.values(states)) expect(Object.values(table)).toContain("succeeded");
  });
});

test("both clouds' states of EMR agree with how they are read elsewhere", () => {
  const { job = {}, sql = {} } = contracts.emr.states;
  const read = (phase: string) => (phase === "active" ? ["queued", "running"] : [phase]);
  for (const [state, common] of Object.entries(job)) expect(read(jobPhase(state))).toContain(common);
  for (const [state, common] of Object.entries(sql)) expect(read(phaseOfStatement(state))).toContain(common);
});

describe("the way to a first job", () => {
  test.each(dliProcess)("has for $id reads and calls that exist, and words in both languages", (step) => {
    for (const read of step.reads) expect(findOperation(read)?.readOnly, read).toBe(true);
    const named = (step.tool?.en ?? "").split(" ")[0] ?? "";
    if (step.tool !== undefined) {
      expect([...dliTools.map(({ name }) => name), "call_operation"]).toContain(named);
    }
    expect(step.tool ?? step.console, "somebody can do it").toBeDefined();
    for (const text of [step.title, step.what, ...(step.console ? [step.console] : [])]) {
      expect(text.en).not.toBe("");
      expect(text.zh).toMatch(/\p{Script=Han}/u);
    }
  });

  test("names operations that call_operation would find", () => {
    const operations = dliProcess.flatMap(({ tool }) => /^call_operation (\w+)/.exec(tool?.en ?? "")?.[1] ?? []);
    expect(operations.length).toBeGreaterThan(0);
    expect(operations.filter((name) => !findOperation(name))).toEqual([]);
  });
});
