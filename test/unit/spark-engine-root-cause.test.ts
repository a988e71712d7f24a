import { describe, expect, test } from "vitest";
import { explainFailure } from "../../src/sandbox/engines/spark/root-cause.ts";

function explain(stderr: string, rest: { syslog?: string; exitCode?: number | null; signal?: NodeJS.Signals } = {}) {
  const { syslog = "", exitCode = 1, signal = null } = rest;
  const { code, message } = explainFailure({ stderr, syslog, exitCode, signal });
  return [code, message];
}

// Texts in the form in which Spark 3.5 and Python 3.11 write them, some captured and shortened, some composed, shortened in the middle.
describe("why a driver failed", () => {
  test("an analysis error of PySpark is told with its error class", () => {
    const text = `Traceback (most recent call last):
  File "/run/job/fail.py", line 4, in <module>
    spark.read.parquet("oss://lake/missing").show()
  File "/spark/python/pyspark/errors/exceptions/captured.py", line 185, in deco
    raise converted from None
pyspark.errors.exceptions.captured.AnalysisException: [PATH_NOT_FOUND] Path does not exist: oss://lake/missing.
`;
    expect(explain(text)).toEqual([
      "ERR-120003",
      "AnalysisException: [PATH_NOT_FOUND] Path does not exist: oss://lake/missing.",
    ]);
  });

  test("an exception in a Python worker is told, not the wrapper around it", () => {
    const text = `Traceback (most recent call last):
  File "/run/job/udf.py", line 4, in <module>
    spark.range(3).show()
pyspark.errors.exceptions.captured.PythonException: 
  An exception was thrown from the Python worker. Please see the stack trace below.
Traceback (most recent call last):
  File "/run/job/udf.py", line 4, in <lambda>
    ~~^^~~
ZeroDivisionError: integer division or modulo by zero

`;
    expect(explain(text)).toEqual(["ERR-120002", "ZeroDivisionError: integer division or modulo by zero"]);
  });

  test("a worker's exception inside a Java trace is told, not the Java trace", () => {
    const text = `Traceback (most recent call last):
  File "/run/job/rdd.py", line 4, in <module>
py4j.protocol.Py4JJavaError: An error occurred while calling z:org.apache.spark.api.python.PythonRDD.collectAndServe.
: org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 0.0 failed 1 times, most recent failure: Lost task 0.0: org.apache.spark.api.python.PythonException: Traceback (most recent call last):
  File "/spark/python/pyspark/worker.py", line 1247, in main
    process()
KeyError: 'missing'

\tat org.apache.spark.api.python.BasePythonRunner$ReaderIterator.handlePythonException(PythonRunner.scala:572)
Caused by: org.apache.spark.api.python.PythonException: Traceback (most recent call last):
  File "/spark/python/pyspark/worker.py", line 1247, in main
    process()
KeyError: 'missing'

\tat org.apache.spark.api.python.BasePythonRunner$ReaderIterator.handlePythonException(PythonRunner.scala:572)
\t... 1 more

`;
    expect(explain(text)).toEqual(["ERR-120002", "KeyError: 'missing'"]);
  });

  test("of a Java trace the innermost cause is told", () => {
    const text = `Exception in thread "main" java.lang.RuntimeException: outer
\tat Main.main(Main.java:3)
Caused by: java.io.IOException: middle
\tat Main.main(Main.java:2)
Caused by: java.io.FileNotFoundException: NoSuchBucket: the specified bucket does not exist: lake
\t... 3 more
`;
    expect(explain(text)).toEqual([
      "ERR-120002",
      "java.io.FileNotFoundException: NoSuchBucket: the specified bucket does not exist: lake",
    ]);
  });

  test("a syntax error of a SQL job is told", () => {
    const text = `Time taken: 2.139 seconds, Fetched 1 row(s)

[PARSE_SYNTAX_ERROR] Syntax error at or near 'SELEC'.(line 1, pos 0)

== SQL ==
SELEC 1
^^^
`;
    expect(explain(text)).toEqual([
      "ERR-120003",
      "[PARSE_SYNTAX_ERROR] Syntax error at or near 'SELEC'.(line 1, pos 0)",
    ]);
  });

  test("a missing main class is named", () => {
    expect(explain("Error: Failed to load class org.example.Nope.\n", { exitCode: 101 })).toEqual([
      "ERR-120001",
      "class org.example.Nope is not in the JAR",
    ]);
  });

  test("a Python syntax error is told", () => {
    const text = `  File "/run/job/main.py", line 1
    def
       ^
SyntaxError: invalid syntax
`;
    expect(explain(text)).toEqual(["ERR-120002", "SyntaxError: invalid syntax"]);
  });

  test("a full heap has a code of its own", () => {
    const syslog =
      "26/11/21 11:30:14 ERROR Executor: Exception in task 0.0\njava.lang.OutOfMemoryError: Java heap space\n";
    expect(explain("", { syslog, exitCode: 52 })).toEqual([
      "ERR-120004",
      "java.lang.OutOfMemoryError: Java heap space",
    ]);
  });

  test("with an empty stderr the last error of the log is told", () => {
    const syslog = `26/11/21 11:30:14 ERROR SparkContext: Error initializing SparkContext.
org.apache.spark.SparkException: outer
\tat x
Caused by: java.lang.ClassNotFoundException: org.example.Listener
\t... 2 more
26/11/21 11:30:15 INFO SparkContext: Successfully stopped SparkContext
`;
    expect(explain("", { syslog })).toEqual(["ERR-120002", "java.lang.ClassNotFoundException: org.example.Listener"]);
  });

  test("without a trace the exit code is told", () => {
    expect(explain("some words of the user\n", { exitCode: 3 })).toEqual([
      "ERR-120005",
      "the program ended with exit code 3",
    ]);
  });

  test("a signal from outside is told", () => {
    expect(explain("", { exitCode: null, signal: "SIGKILL" })).toEqual([
      "ERR-130001",
      "the driver was ended by SIGKILL",
    ]);
  });

  test("a very long message is cut", () => {
    expect(explain(`Error: x\nException in thread "main" X.YException: ${"z".repeat(5000)}`)[1]?.length).toBe(1003);
  });
});
