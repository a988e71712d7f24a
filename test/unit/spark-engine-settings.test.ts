import { describe, expect, test } from "vitest";
import type { SparkJob } from "../../src/sandbox/engine.ts";
import { locate } from "../../src/sandbox/engines/spark/locations.ts";
import { renderSubmission, type Submission } from "../../src/sandbox/engines/spark/settings.ts";
import { describeCommand, describeSettings } from "../../src/sandbox/engines/spark/startup-log.ts";

const folders = { work: "/run/work", temporary: "/run/tmp", eventLog: "/run/event-log" };

function render(job: Partial<SparkJob>) {
  return renderSubmission(
    {
      jobRunId: "jr-1",
      workspaceId: "w-1",
      name: "etl",
      codeType: "PYTHON",
      entryPoint: "oss://lake/main.py",
      entryPointArguments: [],
      sparkSubmitParameters: "",
      configuration: {},
      logFolder: "/logs",
      ...job,
    },
    { cores: 2, applicationId: "spark-0", storageFolder: "/storage" },
    folders,
  );
}

function accepted(job: Partial<SparkJob>): Submission {
  const submission = render(job);
  if ("kind" in submission) throw new Error(submission.message);
  return submission;
}

describe("where a location lies", () => {
  test.each([
    ["oss://lake/a/b.csv", "/storage/lake/a/b.csv"],
    ["oss://lake.oss-cn-hangzhou-internal.aliyuncs.com/b.csv", "/storage/lake/b.csv"],
    ["local:///opt/app.jar", "/opt/app.jar"],
    ["file:///opt/app.jar", "/opt/app.jar"],
  ])("%s is the file %s", (location, file) => {
    expect(locate("/storage", location)).toBe(file);
  });

  test.each([
    "oss://lake/../other/x",
    "oss://lake/a/../../../etc/passwd",
    "oss://../x",
    "oss://lake/",
    "hdfs://x/y",
    "x.py",
  ])("%s is refused", (location) => {
    expect(locate("/storage", location)).toMatchObject({ kind: "refused", code: "ERR-110002" });
  });
});

describe("what spark-submit is told", () => {
  test("local mode, the own file system and the application id stand against the person's settings", () => {
    const { properties, notes } = accepted({
      sparkSubmitParameters:
        "--conf spark.master=yarn --conf spark.sandbox.application.id=mine --conf spark.hadoop.fs.oss.impl=x.Y",
    });
    expect(properties).toMatchObject({
      "spark.master": "local[2,sandbox]",
      "spark.sandbox.application.id": "spark-0",
      "spark.hadoop.fs.oss.impl": "sandbox.OssFolderFileSystem",
    });
    expect(notes).toContain("spark.master=yarn has no effect, here it is local[2,sandbox]");
  });

  test("a laptop's defaults give way to the person's settings", () => {
    expect(accepted({}).properties["spark.sql.shuffle.partitions"]).toBe("4");
    const own = accepted({ configuration: { "spark.sql.shuffle.partitions": "77" } });
    expect(own.properties["spark.sql.shuffle.partitions"]).toBe("77");
  });

  test("files in buckets become paths, and every one of them must be there", () => {
    const submission = accepted({
      codeType: "JAR",
      entryPoint: "oss://lake/app.jar",
      sparkSubmitParameters:
        "--jars oss://lake/a.jar,oss://lake/b.jar --files oss://lake/app.conf --archives oss://lake/env.tar.gz#env",
    });
    expect(submission.properties).toMatchObject({
      "spark.jars": "/storage/lake/a.jar,/storage/lake/b.jar",
      "spark.archives": "/storage/lake/env.tar.gz#env",
    });
    expect(submission.workingFiles).toEqual(["/storage/lake/app.conf"]);
    expect(submission.needed.map(({ file }) => file.slice("/storage/lake/".length)).sort()).toEqual([
      "a.jar",
      "app.conf",
      "app.jar",
      "b.jar",
      "env.tar.gz",
    ]);
  });

  test("an inline statement goes to Spark's SQL driver through a file of the run", () => {
    expect(
      accepted({
        codeType: "SQL",
        entryPoint: "local:///tmp/spark-sql.sh",
        sparkSubmitParameters: "--conf spark.emr.sql.content=SELECT 1",
      }),
    ).toMatchObject({
      mainClass: "org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver",
      resource: "spark-internal",
      arguments: ["-f", "/run/work/query.sql"],
      sql: { file: "/run/work/query.sql", text: "SELECT 1" },
    });
  });

  test("a SQL file in a bucket is named by its path", () => {
    expect(
      accepted({
        codeType: "SQL",
        entryPoint: "oss://lake/q.sql",
        entryPointArguments: ["-f", "oss://lake/q.sql", "--hivevar", "day=1"],
        sparkSubmitParameters: "--class org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver",
      }),
    ).toMatchObject({ resource: "spark-internal", arguments: ["-f", "/storage/lake/q.sql", "--hivevar", "day=1"] });
  });

  test("of the Java options only properties reach the driver", () => {
    const submission = accepted({
      sparkSubmitParameters: `--driver-java-options "-Da=1 -XX:+UseG1GC -Db=2" --conf spark.task.cpus=8`,
    });
    expect(submission.javaOptions).toEqual(["-Da=1", "-Db=2"]);
    expect(submission.notes).toContain("Java options other than -D have no effect: -XX:+UseG1GC");
    expect(submission.properties["spark.task.cpus"]).toBe("2");
  });

  test("entries of the class path may be separated by colons and lie in buckets", () => {
    expect(
      accepted({ sparkSubmitParameters: "--driver-class-path oss://lake/a.jar:/opt/b.jar" }).extraClassPath,
    ).toEqual(["/storage/lake/a.jar", "/opt/b.jar"]);
  });

  test("a PYTHON job whose entry point is no .py file is refused", () => {
    expect(render({ entryPoint: "oss://lake/app.jar" })).toMatchObject({ kind: "refused", code: "ERR-110001" });
  });
});

describe("what startup.log shows", () => {
  test("secrets in settings are masked", () => {
    expect(
      describeSettings({
        "spark.hadoop.fs.oss.accessKeySecret": "s3cr3t",
        "spark.my.url": "jdbc:mysql://h/d?password=s3cr3t&x=1",
        "spark.app.name": "etl",
      }).join("\n"),
    ).toBe(
      "  spark.app.name=etl\n  spark.hadoop.fs.oss.accessKeySecret=********\n  spark.my.url=jdbc:mysql://h/d?password=********&x=1",
    );
  });

  test("secrets in the command are masked", () => {
    expect(describeCommand(["java", "-Ddb.password=s3cr3t", "main.py", "--token", "s3cr3t", "--day", "1"])).toBe(
      "java -Ddb.password=******** main.py --token ******** --day 1",
    );
  });
});
