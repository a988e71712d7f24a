import { describe, expect, test } from "vitest";
import { checkSparkBatch } from "../../src/jobs/dli/spark.ts";
import type { SparkBatch } from "../../src/jobs/dli/spark-batch.ts";
import { renderSparkBatch } from "../../src/jobs/dli/spark-command.ts";

const jar: SparkBatch = { file: "obs://acme-dli/jars/nightly.jar", className: "org.example.Nightly", queue: "spark_q" };
const python: SparkBatch = { file: "obs://acme-dli/py/clean.py", className: "", queue: "spark_q" };

function codes(batch: SparkBatch): string[] {
  const checked = checkSparkBatch(batch);
  return "problems" in checked ? checked.problems.map(({ code, field }) => `${code} ${field}`) : [];
}

function warnings(batch: SparkBatch): string[] {
  const checked = checkSparkBatch(batch);
  if ("problem" in checked) throw new Error(checked.problem.sentence.en);
  return checked.warnings.map(({ code }) => code);
}

test("a jar with its class and a Python program without one may be sent", () => {
  expect(codes(jar)).toEqual([]);
  expect(codes(python)).toEqual([]);
  expect(warnings(jar)).toEqual([]);
});

describe("what would fail is refused before it is sent:", () => {
  test.each<[string, SparkBatch, string]>([
    ["an address of another storage", { ...jar, file: "oss://lake/a.jar" }, "FILE_ADDRESS_INVALID file"],
    ["a way out of the bucket", { ...jar, file: "obs://acme-dli/../a.jar" }, "FILE_ADDRESS_INVALID file"],
    ["a file that is no program", { ...jar, file: "obs://acme-dli/a.csv" }, "FILE_ADDRESS_INVALID file"],
    ["no file", { queue: "q" }, "FILE_ADDRESS_INVALID file"],
    ["a jar without a class", { ...jar, className: "" }, "MAIN_CLASS_INVALID className"],
    ["an option in place of a class", { ...jar, className: "--conf" }, "MAIN_CLASS_INVALID className"],
    ["an address with a comma", { ...jar, jars: ["obs://acme-dli/a.jar,b.jar"] }, "FILE_ADDRESS_INVALID jars[0]"],
    ["a module that DLI does not have", { ...jar, modules: ["sys.datasource.rds", "x"] }, "MODULE_UNKNOWN modules[1]"],
    ["retries without recovery", { ...jar, max_retry_times: 3 }, "RETRIES_WITHOUT_RECOVERY max_retry_times"],
    ["too many retries", { ...jar, auto_recovery: true, max_retry_times: 101 }, "RETRIES_INVALID max_retry_times"],
    ["an image without custom", { ...jar, image: "o/n:t" }, "IMAGE_WITHOUT_CUSTOM image"],
    ["custom without an image", { ...jar, feature: "custom" }, "IMAGE_MISSING image"],
    ["an image without a tag", { ...jar, feature: "custom", image: "o/n" }, "IMAGE_INVALID image"],
    [
      "a version of a custom image",
      { ...jar, feature: "custom", image: "o/n:t", spark_version: "3.3.1" },
      "VERSION_WITH_CUSTOM spark_version",
    ],
    [
      "a URN as an agency's name",
      { ...jar, execution_agency_urn: "iam::1:agency:a" },
      "AGENCY_INVALID execution_agency_urn",
    ],
    ["a size in conf", { ...jar, conf: { "spark.executor.memory": "4g" } }, "SIZE_IN_CONF conf.spark.executor.memory"],
    [
      "an access key in conf",
      { ...jar, conf: { "spark.hadoop.fs.obs.access.key": "A" } },
      "CONF_HOLDS_ACCESS_KEY conf.spark.hadoop.fs.obs.access.key",
    ],
    [
      "a priority of eleven",
      { ...jar, conf: { "spark.dli.job.priority": 11 } },
      "PRIORITY_INVALID conf.spark.dli.job.priority",
    ],
    ["a package for Spark 3.3.1", { ...jar, file: "gatk/a.jar", spark_version: "3.3.1" }, "FILE_ADDRESS_INVALID file"],
    [
      "package groups for Spark 3.5",
      { ...jar, spark_version: "3.5", groups: [{ name: "g" }] },
      "PACKAGES_UNREADABLE groups",
    ],
  ])("%s", (_, batch, expected) => {
    expect(codes(batch)).toContain(expected);
  });
});

describe("what the service admits is not refused:", () => {
  test.each<[string, SparkBatch]>([
    ["a package before Spark 3.3.1", { ...jar, file: "gatk/a.jar", spark_version: "3.1.1" }],
    [
      "package groups before Spark 3.3.1",
      { ...jar, groups: [{ name: "g" }], resources: [{ name: "g/a.jar", type: "jar" }] },
    ],
    ["no retry at all", { ...jar, auto_recovery: true, max_retry_times: 0 }],
    ["a hundred retries", { ...jar, auto_recovery: true, max_retry_times: 100 }],
    ["a custom image", { ...jar, feature: "custom", image: "myorg/spark-general:v1" }],
    ["a priority of ten", { ...jar, conf: { "spark.dli.job.priority": "10" } }],
  ])("%s", (_, batch) => {
    expect(codes(batch)).toEqual([]);
  });
});

describe("what a person should know is a warning:", () => {
  test.each<[string, SparkBatch, string[]]>([
    ["Spark 3.3.1 without an agency", { ...jar, spark_version: "3.3.1" }, ["AGENCY_MISSING"]],
    ["Spark 3.3.0 without one is fine", { ...jar, spark_version: "3.3.0" }, []],
    ["with an agency", { ...jar, spark_version: "4.0", execution_agency_urn: "dli_job_agency" }, []],
    ["a catalog without the switch", { ...jar, catalog_name: "dli" }, ["METADATA_HALF_SET"]],
    ["the switch without a catalog", { ...jar, conf: { "spark.dli.metaAccess.enable": true } }, ["METADATA_HALF_SET"]],
    ["both", { ...jar, catalog_name: "dli", conf: { "spark.dli.metaAccess.enable": "true" } }, []],
    ["a secret in conf", { ...jar, conf: { "spark.my.password": "x" } }, ["CONF_HOLDS_SECRET"]],
  ])("%s", (_, batch, expected) => {
    expect(warnings(batch)).toEqual(expected);
  });
});

test("tries are counted with the first one, and are twenty more where nobody says", () => {
  const tries = (batch: SparkBatch) => {
    const checked = checkSparkBatch(batch);
    return "problem" in checked ? undefined : checked.mostTries;
  };
  expect(tries(jar)).toBe(1);
  expect(tries({ ...jar, auto_recovery: true })).toBe(21);
  expect(tries({ ...jar, auto_recovery: true, max_retry_times: 2 })).toBe(3);
});

describe("the equivalent spark-submit", () => {
  test("writes out the sizes of the preset, and those that override it", () => {
    const line = renderSparkBatch({ ...jar, sc_type: "B", numExecutors: 3 });
    expect(line).toContain("--num-executors 3");
    expect(line).toContain("--executor-memory 8G");
    expect(line).toContain("--class org.example.Nightly");
  });

  test("masks secrets, and lets no value out of its line", () => {
    const line = renderSparkBatch({
      ...jar,
      name: "a\n--conf x=y",
      args: ["--password", "hunter2", "b c"],
      conf: { "spark.my.token": "t0p" },
      modules: ["sys.datasource.rds"],
    });
    expect(line).not.toContain("hunter2");
    expect(line).not.toContain("t0p");
    expect(line).toContain("$'a\\n--conf x=y'");
    expect(line).toContain("'b c'");
    expect(line.split("\n")[0]).toBe("# modules: sys.datasource.rds");
  });
});
