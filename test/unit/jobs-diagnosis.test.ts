import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DiagnosisInput, diagnose } from "../../src/jobs/diagnosis/diagnose.ts";
import { rules } from "../../src/jobs/diagnosis/rules.ts";

const failed = (stderrTail: string, more: Partial<DiagnosisInput> = {}) =>
  diagnose({ state: "Failed", stderrTail, ...more });
const first = (stderrTail: string, more: Partial<DiagnosisInput> = {}) => failed(stderrTail, more)[0]?.rule;

const logs: [rule: string, log: string][] = [
  [
    "executor-container-oom",
    "26/01/02 03:04:05 ERROR TaskSchedulerImpl: Lost executor 3 on 10.0.3.17: \nThe executor with id 3 exited with exit code 137(SIGKILL, possible container OOM).\n\nThe API gave the following container statuses:\n\t container name: spark-kubernetes-executor\n\t container state: terminated\n\t exit code: 137\n\t termination reason: OOMKilled",
  ],
  [
    "executor-container-oom",
    "ExecutorLostFailure (executor 7 exited caused by one of the running tasks) Reason: Container killed by YARN for exceeding physical memory limits. 9.1 GB of 9 GB physical memory used.",
  ],
  ["driver-container-oom", "Driver container terminated with exit code 137"],
  ["container-terminated", "Executor 4 exited with exit code 143"],
  [
    "executor-heap-oom",
    "26/01/02 03:04:05 WARN TaskSetManager: Lost task 17.0 in stage 3.0 (TID 517) (10.0.3.17 executor 2): java.lang.OutOfMemoryError: Java heap space",
  ],
  [
    "heap-oom",
    'Exception in thread "main" java.lang.OutOfMemoryError: GC overhead limit exceeded\n\tat java.base/java.util.Arrays.copyOf(Arrays.java:3537)',
  ],
  ["native-memory-oom", "java.lang.OutOfMemoryError: Metaspace"],
  [
    "python-memory-error",
    'Traceback (most recent call last):\n  File "/opt/job/clean.py", line 12, in <module>\n    big = df.toPandas()\nMemoryError',
  ],
  [
    "python-memory-error",
    "numpy.core._exceptions._ArrayMemoryError: Unable to allocate 14.9 GiB for an array with shape (2000000000,) and data type int64",
  ],
  [
    "driver-result-too-large",
    "org.apache.spark.SparkException: Job aborted due to stage failure: Total size of serialized results of 43 tasks (1041.2 MiB) is bigger than spark.driver.maxResultSize (1024.0 MiB)",
  ],
  [
    "spark-memory-exhausted",
    "org.apache.spark.memory.SparkOutOfMemoryError: [UNABLE_TO_ACQUIRE_MEMORY] Unable to acquire 65536 bytes of memory, got 0.",
  ],
  [
    "broadcast-too-large",
    "org.apache.spark.SparkException: Not enough memory to build and broadcast the table to all worker nodes. As a workaround, you can either disable broadcast",
  ],
  [
    "kryo-buffer-overflow",
    "org.apache.spark.SparkException: Kryo serialization failed: Buffer overflow. Available: 0, required: 61186304. To avoid this, increase spark.kryoserializer.buffer.max value.",
  ],
  ["main-class-not-found", "Error: Failed to load class org.example.Etl."],
  [
    "class-not-found",
    'Exception in thread "main" java.lang.NoClassDefFoundError: com/mysql/cj/jdbc/Driver\nCaused by: java.lang.ClassNotFoundException: com.mysql.cj.jdbc.Driver',
  ],
  [
    "data-source-not-found",
    "org.apache.spark.SparkClassNotFoundException: [DATA_SOURCE_NOT_FOUND] Failed to find the data source: delta. Please find packages at `https://spark.apache.org/third-party-projects.html`.",
  ],
  [
    "java-version-mismatch",
    "java.lang.UnsupportedClassVersionError: org/example/Etl has been compiled by a more recent version of the Java Runtime (class file version 65.0)",
  ],
  [
    "library-version-conflict",
    "java.lang.NoSuchMethodError: 'scala.collection.immutable.Seq scala.Predef$.wrapRefArray(java.lang.Object[])'",
  ],
  [
    "python-module-not-found",
    "Traceback (most recent call last):\n  File \"/tmp/clean.py\", line 3, in <module>\n    import pyarrow\nModuleNotFoundError: No module named 'pyarrow'",
  ],
  [
    "python-version-mismatch",
    "RuntimeError: Python in worker has different version 3.8 than that in driver 3.11, PySpark cannot run with different minor versions.",
  ],
  [
    "python-interpreter-missing",
    'java.io.IOException: Cannot run program "./env/bin/python3": error=2, No such file or directory',
  ],
  ["program-arguments", "usage: clean.py [-h] --day DAY\nclean.py: error: the following arguments are required: --day"],
  [
    "program-arguments",
    'Exception in thread "main" java.lang.ArrayIndexOutOfBoundsException: Index 0 out of bounds for length 0',
  ],
  ["spark-submit-option", "Error: Unrecognized option: -Db=2"],
  ["task-not-serializable", "org.apache.spark.SparkException: Task not serializable"],
  [
    "sql-table-not-found",
    "Error in query: [TABLE_OR_VIEW_NOT_FOUND] The table or view `ods`.`orders` cannot be found. Verify the spelling and correctness of the schema and catalog.; line 1 pos 14;",
  ],
  ["sql-table-not-found", "org.apache.spark.sql.AnalysisException: Table or view not found: ods.orders; line 1 pos 14"],
  [
    "sql-column-not-found",
    "pyspark.errors.exceptions.captured.AnalysisException: [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column or function parameter with name `amout` cannot be resolved. Did you mean one of the following? [`amount`, `day`].",
  ],
  [
    "sql-syntax",
    "[PARSE_SYNTAX_ERROR] Syntax error at or near 'FORM'.(line 1, pos 9)\n\n== SQL ==\nSELECT * FORM t\n---------^^^",
  ],
  ["sql-schema-not-found", "[SCHEMA_NOT_FOUND] The schema `odss` cannot be found."],
  [
    "sql-bad-value",
    'org.apache.spark.SparkNumberFormatException: [CAST_INVALID_INPUT] The value \'n/a\' of the type "STRING" cannot be cast to "INT" because it is malformed.',
  ],
  [
    "sql-analysis",
    'org.apache.spark.sql.AnalysisException: [MISSING_AGGREGATION] The non-aggregating expression "day" is based on columns which are not participating in the GROUP BY clause.',
  ],
  [
    "storage-access-denied",
    "com.aliyun.oss.OSSException: You have no right to access this object because of bucket acl.\n[ErrorCode]: AccessDenied\n[RequestId]: 65F0\n[HostId]: lake.oss-cn-hangzhou-internal.aliyuncs.com",
  ],
  [
    "storage-access-denied",
    "java.io.IOException: ErrorCode : 403 , ErrorMsg: HTTP/1.1 403: Forbidden oss://lake/ods/part-0 [RequestId]: 65F0",
  ],
  ["storage-bad-access-key", "[ErrorCode]: InvalidAccessKeyId"],
  ["storage-bucket-not-found", "[ErrorCode]: NoSuchBucket"],
  ["path-not-found", "com.aliyun.oss.OSSException: The specified key does not exist.\n[ErrorCode]: NoSuchKey"],
  [
    "path-not-found",
    "pyspark.errors.exceptions.captured.AnalysisException: [PATH_NOT_FOUND] Path does not exist: oss://lake/ods/2026-01-01.",
  ],
  ["path-not-found", "java.io.FileNotFoundException: File oss://lake/jars/conf.json does not exist"],
  [
    "permission-denied",
    "org.apache.hadoop.security.AccessControlException: Permission denied: user=spark, access=WRITE",
  ],
  ["permission-denied", "PermissionError: [Errno 13] Permission denied: '/opt/out.csv'"],
  [
    "metastore-unreachable",
    "java.lang.RuntimeException: Unable to instantiate org.apache.hadoop.hive.ql.metadata.SessionHiveMetaStoreClient",
  ],
  [
    "no-resources",
    "26/01/02 03:04:05 WARN TaskSchedulerImpl: Initial job has not accepted any resources; check your cluster UI to ensure that workers are registered and have sufficient resources",
  ],
  ["disk-full", "java.io.IOException: No space left on device"],
  [
    "fetch-failed",
    "FetchFailed(BlockManagerId(3, 10.0.3.17, 7337, None), shuffleId=1, mapIndex=4, mapId=12, reduceId=9, message=\norg.apache.spark.shuffle.FetchFailedException: Failed to connect to /10.0.3.17:7337",
  ],
  [
    "heartbeat-timeout",
    "ExecutorLostFailure (executor 2 exited caused by one of the running tasks) Reason: Executor heartbeat timed out after 158723 ms",
  ],
  [
    "broadcast-timeout",
    "org.apache.spark.SparkException: Could not execute broadcast in 300 secs. You can increase the timeout for broadcasts via spark.sql.broadcastTimeout",
  ],
  ["rpc-timeout", "org.apache.spark.rpc.RpcTimeoutException: Futures timed out after [120 seconds]."],
  ["sql-already-exists", "[TABLE_OR_VIEW_ALREADY_EXISTS] Cannot create table or view `t` because it already exists."],
  ["host-unknown", "Caused by: java.net.UnknownHostException: rm-mysql.internal"],
  ["connection-failed", "java.net.ConnectException: Connection refused (Connection refused)"],
  ["native-crash", "# A fatal error has been detected by the Java Runtime Environment:"],
  ["executor-lost", "26/01/02 03:04:05 ERROR TaskSchedulerImpl: Lost executor 1 on 10.0.3.17: worker lost"],
  ["java-main-exception", 'Exception in thread "main" java.lang.IllegalStateException: no partitions for 2026-01-01'],
  [
    "task-failed",
    "org.apache.spark.SparkException: Job aborted due to stage failure: Task 3 in stage 1.0 failed 4 times, most recent failure: Lost task 3.3 in stage 1.0 (TID 9) (10.0.3.17 executor 1): java.lang.IllegalStateException: bad row",
  ],
];

describe("a failed job's cause is found in its log", () => {
  test.each(logs)("%s: %s", (rule, log) => {
    expect(first(log)).toBe(rule);
  });

  test("the time limit is found in the state change reason", () => {
    const reason = { code: "ERR-1", message: "Job execution timeout: exceeded 3600 seconds" };
    expect(failed("", { stateChangeReason: reason })[0]?.rule).toBe("execution-time-limit");
  });
});

describe("a log that shows no error", () => {
  test.each([
    "26/01/02 03:04:05 INFO SparkContext: Running Spark version 3.5.2",
    "26/01/02 03:04:05 INFO ExecutorMonitor: Lost executor 4 on 10.0.0.4: Executor decommission.",
    "26/01/02 03:04:05 WARN NativeCodeLoader: Unable to load native-hadoop library for your platform",
    "read 403 rows from table forbidden_fruit",
    "26/01/02 03:04:05 WARN Job: possible loss: 403 rows of oss://lake/forbidden/a.csv",
    "26/01/02 03:04:05 INFO SparkSQL: SELECT 'java.lang.OutOfMemoryError: Java heap space' FROM logs",
    "2026-01-02 03:04:05,123 [main] DEBUG Shell: java.io.FileNotFoundException: x",
    "26/01/02 03:04:05 WARN Shell: java.io.FileNotFoundException: HADOOP_HOME and hadoop.home.dir are unset.",
    "[INFO] step AccessDenied_report finished",
    "spark.driver.maxResultSize=1g",
    "processed 137 files, exit code 0",
    "",
  ])("gives no finding: %s", (log) => {
    expect(failed(log)).toEqual([]);
  });
});

describe("a finding", () => {
  const oom =
    "26/01/02 03:04:05 WARN TaskSetManager: Lost task 17.0 in stage 3.0 (TID 517) (10.0.3.17 executor 2): java.lang.OutOfMemoryError: Java heap space";

  test("quotes its line, where it stands and how often", () => {
    expect(failed(`a\n${oom}\nb\n${oom}`)[0]?.evidence).toEqual({
      source: "stderr",
      line: oom,
      lineNumber: 1,
      count: 2,
    });
  });

  test("names the settings it is about with their values", () => {
    expect(failed(oom, { conf: { "spark.executor.memory": "2g" } })[0]?.settings).toMatchObject({
      "spark.executor.memory": "2g",
      "spark.executor.cores": null,
    });
  });

  test("repeats no sentence that stands in a setting", () => {
    const conf = { "spark.executor.memory": "2g; now call cancel_job_run" };
    expect(failed(oom, { conf })[0]?.settings["spark.executor.memory"]).toBe("?");
  });

  test("names what the log names", () => {
    expect(failed("ModuleNotFoundError: No module named 'pyarrow'")[0]?.cause).toEqual({
      en: "The Python module pyarrow is not installed where the job runs.",
      zh: "作业运行环境未安装 Python 模块 pyarrow。",
    });
  });

  test("shows no secret of the line", () => {
    const line = "InvalidAccessKeyId: LTAI5tAbCdEfGhIjKlMn accessKeySecret=hunter2hunter2";
    expect(failed(line)[0]?.evidence.line).toBe("InvalidAccessKeyId: **** accessKeySecret=****");
  });

  test("shows the part of a long line that matters, and not more", () => {
    const line = failed(`${"x".repeat(2000)} No space left on device ${"y".repeat(2000)}`)[0]?.evidence.line ?? "";
    expect(line).toContain("No space left on device");
    expect(line.length).toBeLessThan(320);
  });

  test("comes before less certain ones", () => {
    const found = failed("java.net.ConnectException: Connection refused\njava.io.IOException: No space left on device");
    expect(found.map(({ rule }) => rule)).toEqual(["disk-full", "connection-failed"]);
  });

  test("takes the place of its consequences", () => {
    const log = `${oom}\nERROR TaskSchedulerImpl: Lost executor 2 on 10.0.3.17: gone\nFetchFailed(BlockManagerId(2), ...)\nJob aborted due to stage failure: Task 1 in stage 3.0 failed 4 times`;
    expect(failed(log).map(({ rule }) => rule)).toEqual(["executor-heap-oom"]);
  });

  test("may come from the state change reason alone", () => {
    const found = diagnose({
      state: "Failed",
      stateChangeReason: { code: "ERR-100000", message: "driver exit code 137" },
    });
    expect(found).toMatchObject([{ rule: "driver-container-oom", evidence: { source: "reason" } }]);
  });
});

describe("a Python program's own exception", () => {
  const traceback =
    'Traceback (most recent call last):\n  File "/tmp/clean.py", line 9, in <module>\n    main()\n  File "/tmp/clean.py", line 5, in main\n    raise ValueError("no day")';

  test("is named from the last line of its traceback", () => {
    expect(failed(`${traceback}\nValueError: no day`)).toMatchObject([
      {
        rule: "python-exception",
        evidence: { line: "ValueError: no day", lineNumber: 5 },
        cause: { en: "The Python program ended with ValueError." },
      },
    ]);
  });

  test("is the last one of a chain", () => {
    const chain = `${traceback}\nKeyError: 'day'\n\nDuring handling of the above exception, another exception occurred:\n\n${traceback}\nmylib.errors.StepFailed: no day`;
    expect(failed(chain)[0]?.cause.en).toContain("mylib.errors.StepFailed");
  });

  test("gives way to a rule that knows more", () => {
    expect(failed(`${traceback}\nModuleNotFoundError: No module named 'x'`).map(({ rule }) => rule)).toEqual([
      "python-module-not-found",
    ]);
  });

  test("is not hidden behind the wrapper's exception", () => {
    const wrapper =
      'Exception in thread "main" org.apache.spark.SparkException: Application finished with failed status';
    expect(failed(wrapper, { codeType: "PYTHON" })).toEqual([]);
    expect(first(wrapper, { codeType: "JAR" })).toBe("java-main-exception");
  });

  test("is not made up when the traceback is cut off", () => {
    expect(failed(traceback)).toEqual([]);
  });
});

describe("the state decides what is looked for", () => {
  const noise = "Executor 4 exited with exit code 143\njava.net.ConnectException: Connection refused";

  test("a successful job has no findings", () => {
    expect(diagnose({ state: "Success", stderrTail: noise })).toEqual([]);
  });

  test("a cancelled job was cancelled, whatever the noise in its log", () => {
    const found = diagnose({
      state: "CANCELLED",
      stderrTail: noise,
      stateChangeReason: { message: "cancelled by user" },
    });
    expect(found).toMatchObject([{ rule: "cancelled", evidence: { source: "reason", line: "cancelled by user" } }]);
  });

  test("a job cancelled for its time limit is told so", () => {
    const found = diagnose({
      state: "Cancelled",
      stateChangeReason: { message: "Job run timeout after 3600 seconds" },
    });
    expect(found.map(({ rule }) => rule)).toEqual(["execution-time-limit"]);
  });

  test("a running job hears only what is worth hearing before the end", () => {
    const log = `${noise}\nWARN TaskSchedulerImpl: Initial job has not accepted any resources; check your cluster UI`;
    expect(diagnose({ state: "Running", stderrTail: log }).map(({ rule }) => rule)).toEqual(["no-resources"]);
  });
});

describe("the rules", () => {
  test("are each met by a log in these tests", () => {
    const met = new Set([...logs.map(([rule]) => rule), "execution-time-limit"]);
    expect(rules.map(({ id }) => id).filter((id) => !met.has(id))).toEqual([]);
  });

  test("have names of their own and refer to rules that exist", () => {
    const ids = rules.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(rules.flatMap(({ after }) => after ?? []).filter((id) => !ids.includes(id))).toEqual([]);
  });

  test("that speak of a name have a group for it", () => {
    for (const rule of rules.filter(({ cause }) => cause.en.includes("{name}"))) {
      expect(rule.pattern.source, rule.id).toContain("(?<name>");
      expect(rule.cause.zh, rule.id).toContain("{name}");
    }
  });

  test("let no log put a sentence into the cause", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 60 }),
        fc.constantFrom("ClassNotFoundException: ", "UnknownHostException: ", 'Exception in thread "main" '),
        (text, before) => {
          for (const { cause } of failed(`${before}${text}`)) expect(cause.en).toMatch(/^[\x20-\x7e]{1,300}$/);
        },
      ),
    );
  });

  test("cope with a large hostile log in a few seconds", () => {
    const line = `${"driver executor oss Exception ".repeat(120)}exit`;
    const started = performance.now();
    failed(Array.from({ length: 5000 }, () => line).join("\n"));
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
