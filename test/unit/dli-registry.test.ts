import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { grammars } from "../../src/operations/grammar.ts";
import { dliIndex, findOperation, operationIndex } from "../../src/operations/registry.ts";
import { renderRequest } from "../../src/operations/request.ts";
import { createRouteMatcher } from "../../src/operations/routes.ts";
import type { OperationRow, Service } from "../../src/operations/types.ts";
import { problemsOfInput } from "../../src/operations/validate.ts";
import { packageRoot } from "../../src/package-root.ts";

interface Documented {
  name: string;
  method: string;
  path: string;
  status?: string;
  params: ReadonlyArray<{ name: string; in: string }>;
  examples?: { request?: Record<string, unknown> };
}
interface Catalogue {
  operations: readonly Documented[];
  companionOperations: readonly Documented[];
}

const catalogue = JSON.parse(
  readFileSync(join(packageRoot, "src", "operations", "catalogue", "huawei-dli.json"), "utf8"),
) as Catalogue;
const extras = { regionId: "cn-north-4", projectId: "0123456789abcdef0123456789abcdef" };
const rows = dliIndex.map(({ name }) => row(name));

function row(name: string): OperationRow {
  const found = findOperation(name);
  if (!found) throw new Error(`${name} is not in the registry`);
  return found;
}

/** Arguments of a path, each of the form that its grammar gives. */
function placeOf({ parameters }: OperationRow): Record<string, unknown> {
  const inPath = parameters.filter((each) => each.in === "path" && each.name !== "project_id");
  return Object.fromEntries(
    inPath.map(({ name, type, grammar, enum: values }) => {
      const example = values?.[0] ?? grammars[grammar ?? "id"].example;
      return [name, type === "integer" ? Number(example) : example];
    }),
  );
}

function fieldsOf(name: string, input: Record<string, unknown>): string[] {
  return problemsOfInput(row(name), input).map(({ field }) => field);
}

test("the registry has the 172 operations of DLI and the 8 of the services beside it", () => {
  const of = (service: Service) => rows.filter((each) => each.service === service).length;
  expect(of("dli")).toBe(172);
  expect([of("iam"), of("ces"), of("cts"), of("obs")]).toEqual([4, 3, 1, 0]);
  expect(rows.every(({ cloud }) => cloud === "dli")).toBe(true);
  expect(rows.filter(({ origin }) => origin === "sdk")).toHaveLength(152);
  expect(row("CreateEnhancedConnection").successStatus).toBe(201);
});

test("a name that another cloud has already is a new one here, and no name means two operations", () => {
  const names = [...operationIndex, ...dliIndex].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(row("ListCatalogs").cloud).toBe("emr");
  expect(row("PutObject").cloud).toBe("oss");
  expect(row("DliListCatalogs").path).toBe("/v3/{project_id}/catalogs");
  expect(row("ObsPutObject").cloud).toBe("obs");
});

test("what is deprecated or known from old documents alone is marked so", () => {
  const marked = (status: string) => rows.filter((each) => each.status === status).map(({ name }) => name);
  const documented = (status: string) =>
    catalogue.operations.filter((each) => each.status === status).map(({ name }) => name);
  expect(marked("deprecated").sort()).toEqual(documented("deprecated").sort());
  expect(marked("historical").sort()).toEqual(documented("historical").sort());
  expect(marked("deprecated")).toHaveLength(54);
  expect(marked("historical")).toHaveLength(11);
});

test("what replaces a deprecated operation is there, and is itself replaced by nothing", () => {
  for (const { name, replacedBy = [] } of rows) {
    for (const replacement of replacedBy)
      expect(row(replacement).replacedBy, `${name}: ${replacement}`).toBeUndefined();
  }
});

test("passwords, variables' values and the log-in's token are secret wherever they stand", () => {
  expect(row("CreateJobAuthInfo").secrets.request).toEqual([
    "password",
    "truststore_password",
    "keystore_password",
    "key_password",
  ]);
  expect(row("ListGlobalVariables").secrets.response).toEqual(["global_vars[].var_value"]);
  expect(row("UpdateGlobalVariable").secrets.request).toEqual(["var_value"]);
  expect(row("KeystoneCreateUserTokenByPassword").secrets).toEqual({
    request: ["auth.identity.password.user.password"],
    response: ["X-Subject-Token"],
  });
});

test("no header is an argument, so nobody can be named to act for", () => {
  const names = rows.flatMap(({ parameters }) => parameters.map(({ name }) => name));
  expect(names).not.toContain("USER-ID");
  expect(names).not.toContain("Authorization");
});

describe("a rendered request", () => {
  const documented = [...catalogue.operations, ...catalogue.companionOperations.filter(({ path }) => path[0] === "/")];

  test.each(documented)("of $name has the documented method and path", ({ name, method, path, params }) => {
    const operation = row(name === "ListCatalogs" ? "DliListCatalogs" : name);
    const values: Record<string, unknown> = { ...placeOf(operation), project_id: extras.projectId };
    const rendered = renderRequest(operation, placeOf(operation), extras);
    const expected = path.replace(/\{(\w+)\}/g, (_, parameter: string) =>
      String(values[parameter] ?? values.rule_uuid),
    );
    expect(rendered.method).toBe(method);
    expect(rendered.path).toBe(expected);
    expect(rendered.query).toEqual({});
    expect(rendered.body).toEqual(params.some((each) => each.in === "body") ? expect.anything() : undefined);
  });

  test("matches its own route of its own service, and none of the other cloud", () => {
    const matchEmr = createRouteMatcher(operationIndex);
    for (const operation of rows) {
      const matches = createRouteMatcher(dliIndex.filter(({ service }) => service === operation.service));
      const { method, path } = renderRequest(operation, placeOf(operation), extras);
      expect(matches(method, path)?.operation).toBe(operation.name);
      expect(matchEmr(method, path)).toBeUndefined();
    }
  });

  test("of the other cloud matches no route here", () => {
    const matches = createRouteMatcher(dliIndex);
    for (const { method, path } of operationIndex) {
      expect(matches(method, path.replace(/\{\w+\}/g, "w-1"))).toBeUndefined();
    }
  });

  test("needs a project", () => {
    expect(() => renderRequest(row("ListQueues"), {}, { regionId: "cn-north-4" })).toThrow(/without \{project_id\}/);
  });

  test("spells hyphens, numbers and booleans of a query as documented", () => {
    const { query } = renderRequest(
      row("ListQueues"),
      { "page-size": 50, "current-page": 1, "with-charge-info": true, queue_type: "general" },
      extras,
    );
    expect(query).toEqual({
      "page-size": "50",
      "current-page": "1",
      "with-charge-info": "true",
      queue_type: "general",
    });
    const paged = renderRequest(row("ListElasticResourcePools"), { limit: 100, offset: 0 }, extras);
    expect(paged.query).toEqual({ limit: "100", offset: "0" });
  });

  test("repeats a query parameter for each of its values", () => {
    const { query, repeatedQuery } = renderRequest(row("ListSqlJobs"), { job_types: ["QUERY", "DDL"] }, extras);
    expect(query).toEqual({});
    expect(repeatedQuery).toEqual({ job_types: ["QUERY", "DDL"] });
  });

  test("carries an id both in the path and in the body where the documents do", () => {
    const input = { job_id: 148, savepoint_path: "acme-dli/savepoints/148" };
    expect(problemsOfInput(row("ImportFlinkJobSavepoint"), input)).toEqual([]);
    const { path, body } = renderRequest(row("ImportFlinkJobSavepoint"), input, extras);
    expect(path).toBe(`/v1.0/${extras.projectId}/streaming/jobs/148/import-savepoint`);
    expect(body).toEqual(input);
  });

  test("of an inspection rule tells its UUID in the path from the system rule's id in the body", () => {
    const input = { rule_uuid: "2f1f6a1e", rule_name: "cap", rule_id: "dynamic_0001", category: "dynamic" };
    const { path, body } = renderRequest(
      row("UpdateSqlJobDefendRule"),
      { ...input, engine_rules: { hint: 10 } },
      extras,
    );
    expect(path).toBe(`/v1/${extras.projectId}/sql-defend-rules/2f1f6a1e`);
    expect(body).toMatchObject({ rule_id: "dynamic_0001" });
    expect(body).not.toHaveProperty("rule_uuid");
  });
});

describe("an example of the documents", () => {
  const withRequest = catalogue.operations.flatMap(({ name, examples }) =>
    examples?.request ? [{ name, request: examples.request }] : [],
  );

  test.each(withRequest)("of $name is admitted and travels as it is", ({ name, request }) => {
    const input = { ...placeOf(row(name)), ...request };
    expect(problemsOfInput(row(name), input)).toEqual([]);
    expect(renderRequest(row(name), input, extras).body).toEqual(request);
  });

  const sparkPi = {
    file: "batch/spark-examples.jar",
    className: "org.apache.spark.examples.SparkPi",
    sc_type: "A",
    jars: ["demo-1.0.0.jar"],
    files: ["count.txt"],
    resources: [{ name: "libs/kafka-clients.jar", type: "jar" }],
    groups: [{ name: "libs", resources: [{ name: "kafka-clients.jar", type: "jar" }] }],
    queue: "test",
    name: "pi",
    feature: "basic",
    spark_version: "2.3.2",
  };

  test("a SparkPi batch of size A with resources and groups travels in its published spelling", () => {
    expect(problemsOfInput(row("CreateSparkJob"), sparkPi)).toEqual([]);
    expect(renderRequest(row("CreateSparkJob"), sparkPi, extras)).toEqual({
      operation: "CreateSparkJob",
      method: "POST",
      path: `/v2.0/${extras.projectId}/batches`,
      query: {},
      body: sparkPi,
    });
  });

  test("a queue with a blank before its name is refused with the right form, not rewritten", () => {
    const [problem, ...more] = problemsOfInput(row("CreateSparkJob"), { ...sparkPi, queue: " test" });
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ field: "queue", problem: { en: "is not of the allowed form" } });
    expect(problem?.allowed).toContain("no blank");
  });

  test("a batch without a queue, or with its older second spelling, is refused", () => {
    const { queue, ...withoutQueue } = sparkPi;
    expect(fieldsOf("CreateSparkJob", withoutQueue)).toEqual(["queue"]);
    expect(fieldsOf("CreateSparkJob", { ...sparkPi, cluster_name: queue })).toEqual(["cluster_name"]);
  });

  test("a Flink program with its compute units and slots travels as it is", () => {
    const job = {
      name: "queue_stream",
      queue_name: "testqueue",
      manager_cu_number: 1,
      cu_number: 2,
      parallel_number: 1,
      tm_cus: 1,
      tm_slot_num: 1,
      log_enabled: true,
      obs_bucket: "acme-dli",
      main_class: "org.apache.flink.examples.streaming.JavaQueueStream",
      entrypoint: "javaQueueStream.jar",
      entrypoint_args: "-windowSize 2000 -rate 3",
      dependency_jars: ["libs/a.jar"],
    };
    expect(problemsOfInput(row("CreateFlinkJarJob"), job)).toEqual([]);
    const { method, path, body } = renderRequest(row("CreateFlinkJarJob"), job, extras);
    expect([method, path]).toEqual(["POST", `/v1.0/${extras.projectId}/streaming/flink-jobs`]);
    expect(body).toEqual(job);
  });
});

describe("an argument", () => {
  const hostile = ["..", ".", "%2e%2e", "a/b", "", "q?x", "q#x", "．．", "‥", "a b", " test", "q\n", "q%00", "..\\q"];

  test("of a path has a grammar that admits no hostile text", () => {
    for (const operation of rows) {
      for (const parameter of operation.parameters.filter((each) => each.in === "path" && each.name !== "project_id")) {
        expect(parameter.grammar, `${operation.name}.${parameter.name}`).toBeDefined();
        for (const value of hostile) {
          const problems = problemsOfInput({ ...operation, parameters: [parameter] }, { [parameter.name]: value });
          expect(problems, `${operation.name}.${parameter.name} = ${JSON.stringify(value)}`).toHaveLength(1);
        }
      }
    }
  });

  test("of hostile text matches no route, even where a file name may have dots", () => {
    const matches = createRouteMatcher(dliIndex);
    const resource = `/v2.0/${extras.projectId}/resources`;
    expect(matches("DELETE", `${resource}/dep-1.0.jar`)?.operation).toBe("DeleteJobResource");
    for (const value of hostile) {
      expect(matches("DELETE", `${resource}/${value}`), value).toBeUndefined();
      expect(matches("DELETE", `${resource}/${encodeURIComponent(value)}`), value).toBeUndefined();
      expect(matches("DELETE", `/v1.0/${extras.projectId}/queues/${value}`), value).toBeUndefined();
    }
    expect(matches("DELETE", "/v1.0/../queues/q1")).toBeUndefined();
  });

  test("of an object's address stays inside its bucket", () => {
    expect(fieldsOf("ObsGetObject", { uri: "obs://acme-dli/jobs/logs/driver.log" })).toEqual([]);
    for (const uri of [
      "obs://acme-dli/../x",
      "obs://acme-dli/a//b",
      "obs://acme-dli",
      "oss://acme-dli/a",
      "obs://../a",
    ]) {
      expect(fieldsOf("ObsGetObject", { uri }), uri).toEqual(["uri"]);
    }
  });

  test("that is a Flink job's id is a number", () => {
    expect(fieldsOf("ShowFlinkJob", { job_id: 148 })).toEqual([]);
    for (const job_id of ["148", -1, 1.5, 1e20]) expect(fieldsOf("ShowFlinkJob", { job_id })).toEqual(["job_id"]);
  });

  test("that the gateway sets is unknown to a caller", () => {
    expect(fieldsOf("ListQueues", { project_id: extras.projectId })).toEqual(["project_id"]);
    expect(fieldsOf("ListQueues", { regionId: "cn-north-4" })).toEqual(["regionId"]);
  });

  test("with a list must have as many elements as can be looked at", () => {
    const stop = (count: number) =>
      problemsOfInput(row("BatchStopFlinkJobs"), { job_ids: Array.from({ length: count }, (_, at) => at + 1) });
    expect(stop(20)).toEqual([]);
    expect(stop(0)).toMatchObject([
      { field: "job_ids", problem: { en: "has 0 elements" }, allowed: "1 to 20 elements" },
    ]);
    expect(stop(21)).toMatchObject([{ field: "job_ids" }]);
  });

  test("that lacks a member which the documents demand is told which", () => {
    const privileges = [{ object: "queues.q1" }];
    expect(fieldsOf("RunAuthorizationAction", { action: "grant", privileges })).toEqual(["privileges[0].privileges"]);
  });
});
