import { describe, expect, test } from "vitest";
import { languages } from "../../src/language.ts";
import { policyProblems } from "../../src/policy/check.ts";
import { placeholdersOf } from "../../src/policy/confirmation.ts";
import { dliPolicy, dliRows, ruleOf, shippedPolicy } from "./policy-fixture.ts";

const policy = dliPolicy();

/** Deprecated, and the only public way to what they do. */
const withoutSuccessor = [
  "DeleteDatasourceConnection",
  "DeleteJobResource",
  "ListDatabases",
  "ListDatasourceConnections",
  "ListJobResources",
  "ListPartitions",
  "ListSqlSampleTemplates",
  "ListTables",
  "PreviewTable",
  "ShowDatasourceConnection",
  "ShowJobResource",
  "ShowSparkJobLog",
  "ShowTable",
  "UpdateDatabaseOwner",
  "UpdateJobResourceOwner",
  "UpdateTableOwner",
];

test("every operation has a rule that fits it, and every rule an operation", () => {
  expect(policyProblems(policy, dliRows)).toEqual([]);
  expect(policy.operations()).toHaveLength(dliRows.length);
});

test.each(policy.operations().map((name) => ({ name })))(
  "$name shows a person the same values in both languages",
  ({ name }) => {
    const { impact } = ruleOf(policy, name);
    const shown = (text: string) => (placeholdersOf(text) ?? []).map(({ kind, name: of }) => `${kind} ${of}`).sort();
    expect(new Set(shown(impact.zh))).toEqual(new Set(shown(impact.en)));
  },
);

test("no rule of this cloud is loaded with those of the other, so nothing of it can be sent there", () => {
  expect(dliRows.filter(({ name }) => shippedPolicy().rule(name))).toEqual([]);
});

describe("what is deprecated or historical", () => {
  const marked = dliRows.filter(({ status }) => status !== undefined);

  test("is forbidden wherever something does the same today, and usable where nothing does", () => {
    const usable = marked.filter(({ name }) => ruleOf(policy, name).risk !== "forbidden");
    expect(usable.map(({ name }) => name).sort()).toEqual(withoutSuccessor);
    expect(usable.filter(({ replacedBy }) => replacedBy)).toEqual([]);
  });

  test.each(marked.filter(({ replacedBy }) => replacedBy))(
    "$name names what to use instead",
    ({ name, replacedBy = [] }) => {
      for (const language of languages) {
        const instead = ruleOf(policy, name).instead?.[language] ?? "";
        expect(replacedBy.filter((each) => !instead.includes(each))).toEqual([]);
      }
      expect(replacedBy.filter((each) => !dliRows.some(({ name }) => name === each))).toEqual([]);
    },
  );
});

describe("a red line:", () => {
  test.each(["DeleteElasticResourcePool", "DeleteDatabase"])(
    "%s is forbidden and says where a person can do it",
    (name) => {
      const rule = ruleOf(policy, name);
      expect(rule.risk).toBe("forbidden");
      expect(rule.instead?.en).toContain("DLI console");
      expect(rule.instead?.zh).toContain("DLI 控制台");
    },
  );

  test("no log-in by password is sent", () => {
    expect(ruleOf(policy, "KeystoneCreateUserTokenByPassword").risk).toBe("forbidden");
  });

  test.each([
    "BatchDeleteFlinkJobs",
    "BatchStopFlinkJobs",
    "CancelSparkJob",
    "CancelSqlJob",
    "DeleteDatasourceConnection",
    "DeleteEnhancedConnection",
    "DeleteFlinkJob",
    "DeleteGlobalVariable",
    "DeleteJobAuthInfo",
    "DeleteJobResource",
    "DeleteQueue",
    "DisassociateQueueFromEnhancedConnection",
  ])("%s is destructive, reads first and shows what it found", (name) => {
    const rule = ruleOf(policy, name);
    expect(rule.risk).toBe("destructive");
    expect(rule.prechecks.some((precheck) => precheck.require)).toBe(true);
    expect(rule.impact.en).toMatch(/\{\w+\}/);
  });

  test("whatever the documents call destructive is destructive here, or a matter of privilege or money, or forbidden", () => {
    const deletes = dliRows.filter(({ method }) => method === "DELETE").map(({ name }) => ruleOf(policy, name).risk);
    expect(deletes.filter((risk) => risk !== "destructive" && risk !== "forbidden")).toEqual([]);
    for (const name of ["RunQueueAction", "ImportFlinkJobs", "RunCatalogAction", "UpdateEnhancedConnection"]) {
      expect(ruleOf(policy, name).risk).toBe("destructive");
    }
  });

  test.each([
    "AssociateQueueToElasticResourcePool",
    "BatchRunFlinkJobs",
    "CreateElasticResourcePool",
    "CreatePeriodElasticResourcePoolOrder",
    "CreatePeriodElasticResourcePoolSpecChangeOrder",
    "CreateQueue",
    "CreateSparkJob",
    "UpdateElasticResourcePool",
    "UpdateElasticResourcePoolQueue",
  ])("%s is a matter of money", (name) => expect(ruleOf(policy, name).risk).toBe("spend"));

  test.each(["CreateJobAuthInfo", "UpdateJobAuthInfo", "CreateGlobalVariable"])(
    "%s is a matter of credentials",
    (name) => expect(ruleOf(policy, name).risk).toBe("credential"),
  );

  test.each(["CreateAgency", "CreateDataMaskStrategyUserAuth", "CreateEnhancedConnection", "RunAuthorizationAction"])(
    "%s is a matter of privilege",
    (name) => expect(ruleOf(policy, name).risk).toBe("privilege"),
  );

  test("SQL is judged by its text", () => {
    expect(ruleOf(policy, "CreateSqlJob")).toMatchObject({ risk: "destructive", sql: "sql" });
  });
});

test("no operation claims a token, and a submission or a creation by name is looked up before it is sent again", () => {
  const lookups: Record<string, string> = {
    CreateElasticResourcePool: "ListElasticResourcePools",
    CreateFlinkJarJob: "ListFlinkJobs",
    CreateQueue: "ListQueues",
    CreateSparkJob: "ListSparkJobs",
    CreateSqlJob: "ListSqlJobs",
    CreateJobAuthInfo: "ListJobAuthInfos",
    RunQueueAction: "ShowQueue",
  };
  expect(policy.operations().filter((name) => ruleOf(policy, name).idempotency === "token")).toEqual([]);
  for (const [name, lookup] of Object.entries(lookups)) expect(ruleOf(policy, name).lookup).toBe(lookup);
});

test.each([
  ["CancelSparkJob", "ShowSparkJob", "state", ["starting", "running", "recovering"]],
  ["CancelSqlJob", "ShowSqlJobStatus", "status", ["LAUNCHING", "RUNNING"]],
  ["UpdateElasticResourcePool", "ListElasticResourcePools", "poolStatus", ["AVAILABLE"]],
  ["CreateSparkJob", "ShowQueue", "queueType", ["general"]],
  ["CreateSqlJob", "ShowQueue", "queueType", ["sql"]],
  ["DeleteQueue", "ListSparkJobs", "activeSparkJobs", ["0"]],
])("%s demands of %s that %s is one of %j", (name, read, fact, admitted) => {
  const precheck = ruleOf(policy, name).prechecks.find((each) => each.read === read);
  expect(precheck?.require?.[fact]).toEqual(admitted);
});

test.each([
  ["DeleteFlinkJob", "job_id", "is no list"],
  ["ExportFlinkJobs", "job_selected", "may be empty"],
])("the check notices that %s reads for each %s, which %s", (name, each, why) => {
  const [precheck] = ruleOf(policy, "ImportFlinkJobs").prechecks;
  if (!precheck) throw new Error("ImportFlinkJobs has no precheck");
  const changed = { ...ruleOf(policy, name), prechecks: [{ ...precheck, each }] };
  const unbounded = dliRows.map((row) => ({
    ...row,
    parameters: row.parameters.map(({ minItems: _, ...parameter }) => parameter),
  }));
  const problems = policyProblems({ ...policy, rule: (of) => (of === name ? changed : policy.rule(of)) }, unbounded);
  expect(problems).toContain(`${name}: reads for each ${each}, which ${why}`);
});
