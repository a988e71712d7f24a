import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isRefused, type Refused } from "../../src/jobs/problem.ts";
import {
  buildJobDriver,
  buildSparkSubmitParameters,
  effectiveConf,
  type ParsedParameters,
  parseSparkSubmitParameters,
  problemsOfParameters,
  problemsOfSparkConf,
  renderSparkSubmit,
} from "../../src/jobs/spark-submit.ts";

function given<T>(value: T | Refused): T {
  if (isRefused(value)) throw new Error(`refused: ${value.problem.code} ${value.problem.field}`);
  return value;
}

function codeOf(value: unknown): string | undefined {
  return isRefused(value) ? value.problem.code : undefined;
}

const parse = (text: string): ParsedParameters => given(parseSparkSubmitParameters(text));

describe("parsing spark-submit parameters", () => {
  test("the documented JAR example gives its class and settings", () => {
    const parsed = parse("--class org.example.Etl --conf spark.driver.cores=2 --conf spark.executor.memory=16g");
    expect(parsed).toEqual({
      conf: { "spark.driver.cores": "2", "spark.executor.memory": "16g" },
      options: { "--class": "org.example.Etl" },
      switches: [],
      unknown: [],
      repeated: [],
    });
  });

  test("the documented inline SQL example gives the statement apart from the settings", () => {
    const parsed = parse("--conf spark.executor.instances=1 --conf spark.emr.sql.content=SELECT 1 AS one");
    expect(parsed.sql).toBe("SELECT 1 AS one");
    expect(parsed.conf).toEqual({ "spark.executor.instances": "1" });
  });

  test("a setting hidden behind inline SQL is refused, not taken for SQL", () => {
    const result = parseSparkSubmitParameters(
      "--conf spark.emr.sql.content=SELECT 1 --conf spark.executor.instances=1000",
    );
    expect(isRefused(result) && [result.problem.code, result.problem.field]).toEqual(["SQL_NOT_INLINE", "sql"]);
  });

  test("the short form of --conf behind inline SQL is refused too", () => {
    expect(codeOf(parseSparkSubmitParameters("--conf spark.emr.sql.content=SELECT 1 -c spark.executor.cores=64"))).toBe(
      "SQL_NOT_INLINE",
    );
  });

  test.each([
    '--conf "spark.emr.sql.content=SELECT 1"',
    "--conf 'spark.emr.sql.content=SELECT 1' --conf spark.a=b",
    '--conf "spark.x=a --conf spark.emr.sql.content=b"',
  ])("quoted inline SQL is refused: %s", (text) => {
    expect(codeOf(parseSparkSubmitParameters(text))).toBe("SQL_NOT_INLINE");
  });

  test.each([
    ['"spark.a=x y"', "x y"],
    ["spark.a='x y'", "x y"],
    ['spark.a="say \\"hi\\""', 'say "hi"'],
    ["'spark.a=back\\slash'", "back\\slash"],
    ["spark.a=", ""],
    ["spark.a=b=c", "b=c"],
  ])("quotes are read as Spark's launcher reads them: %s", (word, value) => {
    expect(parse(`--conf ${word}`).conf).toEqual({ "spark.a": value });
  });

  test("a no-break space separates no words, as in Java", () => {
    expect(parse("--conf spark.a=x\u00a0y").conf["spark.a"]).toBe("x\u00a0y");
  });

  test.each(["--conf 'spark.a=b", '--conf "spark.a=b', "--conf spark.a=b\\"])(
    "an unfinished quotation is refused: %s",
    (text) => {
      expect(codeOf(parseSparkSubmitParameters(text))).toBe("UNFINISHED_QUOTE");
    },
  );

  test("an option without its value is refused", () => {
    expect(codeOf(parseSparkSubmitParameters("--conf spark.a=b --class"))).toBe("OPTION_WITHOUT_VALUE");
  });

  test("--conf without = is refused", () => {
    expect(codeOf(parseSparkSubmitParameters("--conf spark.a"))).toBe("CONF_WITHOUT_VALUE");
  });

  test("unknown options and stray words are listed", () => {
    expect(parse("--conf spark.driver.extraJavaOptions=-Da=1 -Db=2 --cluster x --verbose")).toMatchObject({
      unknown: ["-Db=2", "--cluster", "x"],
      switches: ["--verbose"],
    });
  });

  test("a repeated key keeps its last value and is named", () => {
    expect(parse("--conf spark.a=1 -c spark.a=2")).toMatchObject({ conf: { "spark.a": "2" }, repeated: ["spark.a"] });
  });

  test("--option=value is read like --option value", () => {
    expect(parse("--executor-memory=4g --conf=spark.a=b")).toMatchObject({
      options: { "--executor-memory": "4g" },
      conf: { "spark.a": "b" },
    });
  });

  test("a named option beats --conf, which beats the defaults", () => {
    const parsed = parse("--conf spark.executor.instances=2 --num-executors 50 --conf spark.executor.cores=4");
    expect(effectiveConf(parsed, { "spark.executor.cores": "1", "spark.driver.cores": "1" })).toEqual({
      "spark.executor.instances": "50",
      "spark.executor.cores": "4",
      "spark.driver.cores": "1",
    });
  });

  test("a key named like a member of every object is an ordinary key", () => {
    const { conf } = parse("--conf __proto__=x --conf constructor=y");
    expect(Object.entries(conf)).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
  });
});

describe("building spark-submit parameters", () => {
  test("values without blanks or quotes stand bare, in the documented form", () => {
    const text = buildSparkSubmitParameters({
      mainClass: "org.example.Etl",
      jars: ["oss://lake/a.jar", "oss://lake/b.jar"],
      conf: { "spark.executor.memory": "16g" },
    });
    expect(text).toBe(
      "--class org.example.Etl --jars oss://lake/a.jar,oss://lake/b.jar --conf spark.executor.memory=16g",
    );
  });

  test("inline SQL stands last and unquoted", () => {
    expect(buildSparkSubmitParameters({ sql: "SELECT 1 AS one", conf: { "spark.executor.instances": "1" } })).toBe(
      "--conf spark.executor.instances=1 --conf spark.emr.sql.content=SELECT 1 AS one",
    );
  });

  test.each([
    "SELECT 'a'",
    'SELECT "a"',
    "SELECT `a` FROM t",
    "SELECT 1 -- one",
    "SELECT 1 --conf spark.executor.instances=1000",
    "SELECT 1 -c spark.executor.instances=1000",
    "--conf spark.a=b",
    "SELECT 1\nFROM t",
    "SELECT $x",
    "SELECT 1\\",
    "  ",
  ])("inline SQL that could be misread is refused with the way out: %j", (sql) => {
    const result = buildSparkSubmitParameters({ sql });
    expect(codeOf(result)).toMatch(/^SQL_/);
    expect(isRefused(result) && result.problem.sentence.en).toContain(".sql file");
  });

  test("arithmetic with a minus is not taken for an option", () => {
    expect(codeOf(buildSparkSubmitParameters({ sql: "SELECT a - 1, 5 -3 FROM t" }))).toBeUndefined();
  });

  test.each([
    [{ conf: { "spark.a": "x\ny" } }, "VALUE_NOT_WRITABLE", "conf.spark.a"],
    [{ conf: { "spark.a": `it's "both"` } }, "VALUE_NOT_WRITABLE", "conf.spark.a"],
    [{ conf: { "hive.x": "1" } }, "CONF_KEY_INVALID", "conf"],
    [{ conf: { "spark.a --conf spark.b": "1" } }, "CONF_KEY_INVALID", "conf"],
    [{ conf: { "spark.emr.sql.content": "SELECT 1" } }, "CONF_RESERVED", "conf.spark.emr.sql.content"],
    [{ jars: ["oss://lake/a.jar", "oss://lake/b,c.jar"] }, "FILE_ADDRESS_INVALID", "jars[1]"],
    [{ files: ["--master"] }, "FILE_ADDRESS_INVALID", "files[0]"],
    [{ mainClass: "org.example.Etl --master local" }, "MAIN_CLASS_INVALID", "mainClass"],
  ])("what cannot be written is refused and the field named: %j", (input, code, field) => {
    const result = buildSparkSubmitParameters(input);
    expect(isRefused(result) && [result.problem.code, result.problem.field]).toEqual([code, field]);
  });

  const key = fc.stringMatching(/^spark\.[a-z][a-zA-Z0-9._-]{0,20}$/).filter((k) => k !== "spark.emr.sql.content");
  const address = fc.stringMatching(/^oss:\/\/[a-z]{3,8}\/[a-z #'"$%\\ü]{1,12}\.jar$/);

  test("whatever can be written is read back the same", () => {
    let written = 0;
    fc.assert(
      fc.property(
        fc.dictionary(key, fc.string({ unit: "binary", maxLength: 20 }), { maxKeys: 5, noNullPrototype: true }),
        fc.array(address, { maxLength: 3 }),
        fc.option(fc.constantFrom("SELECT 1", "SELECT a - 1 FROM t WHERE b > 2"), { nil: undefined }),
        (conf, jars, sql) => {
          const text = buildSparkSubmitParameters({ conf, jars, ...(sql === undefined ? {} : { sql }) });
          if (isRefused(text)) return;
          written += 1;
          const parsed = parse(text);
          expect(parsed.conf).toEqual(conf);
          expect(parsed.options["--jars"]).toBe(jars.length > 0 ? jars.join(",") : undefined);
          expect(parsed.sql).toBe(sql);
          expect(parsed.unknown).toEqual([]);
        },
      ),
      { numRuns: 1000 },
    );
    expect(written).toBeGreaterThan(100);
  });

  test("no value can add an option", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.string({ maxLength: 30 }), (left, right) => {
        const text = buildSparkSubmitParameters({ conf: { "spark.a": `${left} --conf spark.master=local ${right}` } });
        if (!isRefused(text)) expect(Object.keys(parse(text).conf)).toEqual(["spark.a"]);
      }),
    );
  });

  test("parsing any text at all ends in a value", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
        expect(parseSparkSubmitParameters(`--conf ${text}`)).toBeTypeOf("object");
      }),
    );
  });
});

describe("the job driver", () => {
  test("a JAR job carries its entry point, arguments and class", () => {
    const driver = buildJobDriver({
      codeType: "JAR",
      entryPoint: "oss://lake/jars/etl.jar",
      mainClass: "org.example.Etl",
      arguments: ["2026-01-01"],
    });
    expect(driver).toEqual({
      sparkSubmit: {
        entryPoint: "oss://lake/jars/etl.jar",
        entryPointArguments: ["2026-01-01"],
        sparkSubmitParameters: "--class org.example.Etl",
      },
    });
  });

  test("a Python job without settings carries no parameters at all", () => {
    expect(buildJobDriver({ codeType: "PYTHON", entryPoint: "oss://lake/py/clean.py" })).toEqual({
      sparkSubmit: { entryPoint: "oss://lake/py/clean.py" },
    });
  });

  test("a SQL file runs through the SQL client with -f", () => {
    expect(buildJobDriver({ codeType: "SQL", entryPoint: "oss://lake/q.sql" })).toEqual({
      sparkSubmit: {
        entryPoint: "oss://lake/q.sql",
        entryPointArguments: ["-f", "oss://lake/q.sql"],
        sparkSubmitParameters: "--class org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver",
      },
    });
  });

  test("inline SQL runs through the service's own script", () => {
    expect(buildJobDriver({ codeType: "SQL", sql: "SELECT 1 AS one" })).toEqual({
      sparkSubmit: {
        entryPoint: "local:///tmp/spark-sql.sh",
        sparkSubmitParameters: "--conf spark.emr.sql.content=SELECT 1 AS one",
      },
    });
  });

  test.each([
    [{ codeType: "JAR", entryPoint: "oss://lake/etl.jar" }, "FIELD_MISSING", "mainClass"],
    [{ codeType: "JAR", entryPoint: "https://x/etl.jar", mainClass: "a.B" }, "ENTRY_POINT_INVALID", "entryPoint"],
    [{ codeType: "JAR", entryPoint: "oss://lake/etl.py", mainClass: "a.B" }, "ENTRY_POINT_INVALID", "entryPoint"],
    [{ codeType: "JAR", entryPoint: "oss://lake/../x/etl.jar", mainClass: "a.B" }, "ENTRY_POINT_INVALID", "entryPoint"],
    [{ codeType: "PYTHON", entryPoint: "oss://lake/a.py", mainClass: "a.B" }, "FIELD_NOT_FOR_CODE_TYPE", "mainClass"],
    [{ codeType: "PYTHON" }, "ENTRY_POINT_INVALID", "entryPoint"],
    [{ codeType: "SQL" }, "ENTRY_POINT_INVALID", "entryPoint"],
    [{ codeType: "SQL", entryPoint: "oss://lake/q.sql", sql: "SELECT 1" }, "FIELD_NOT_FOR_CODE_TYPE", "entryPoint"],
    [{ codeType: "SQL", sql: "SELECT 'a'" }, "SQL_NOT_INLINE", "sql"],
  ] as const)("a job that cannot run is refused and the field named: %j", (job, code, field) => {
    const result = buildJobDriver(job);
    expect(isRefused(result) && [result.problem.code, result.problem.field]).toEqual([code, field]);
  });
});

describe("showing the command to a person", () => {
  test("the command stands on several lines with its queue", () => {
    const jobDriver = given(
      buildJobDriver({
        codeType: "JAR",
        entryPoint: "oss://lake/jars/etl.jar",
        mainClass: "org.example.Etl",
        arguments: ["--day", "it's monday"],
        conf: { "spark.executor.instances": "2", "spark.app.name": "two words" },
      }),
    );
    expect(renderSparkSubmit({ jobDriver, resourceQueueId: "root_queue" })).toBe(
      [
        "# queue: root_queue",
        "spark-submit \\",
        "  --class org.example.Etl \\",
        "  --conf spark.executor.instances=2 \\",
        "  --conf 'spark.app.name=two words' \\",
        "  oss://lake/jars/etl.jar --day 'it'\\''s monday'",
      ].join("\n"),
    );
  });

  test.each([
    { conf: { "spark.hadoop.fs.oss.accessKeySecret": "hunter2hunter2" } },
    { conf: { "spark.x.password": "hunter2hunter2" } },
    { conf: { "spark.driver.extraJavaOptions": "-Ddb.password=hunter2hunter2 -Da=b" } },
    { conf: { "spark.x.url": "jdbc://u:hunter2hunter2@db/x" } },
    { arguments: ["--password", "hunter2hunter2"] },
    { arguments: ["--api-token=hunter2hunter2"] },
  ])("a secret is masked: %j", (extra) => {
    const jobDriver = given(buildJobDriver({ codeType: "PYTHON", entryPoint: "oss://lake/a.py", ...extra }));
    const shown = renderSparkSubmit({ jobDriver });
    expect(shown).toContain("****");
    expect(shown).not.toContain("hunter2");
  });

  test("a secret in the configuration overrides is masked", () => {
    const jobDriver = given(buildJobDriver({ codeType: "PYTHON", entryPoint: "oss://lake/a.py" }));
    expect(renderSparkSubmit({ jobDriver, configuration: { "spark.x.token": "hunter2" } })).not.toContain("hunter2");
  });

  test("an argument cannot draw a line of its own or hide characters", () => {
    const jobDriver = given(
      buildJobDriver({
        codeType: "PYTHON",
        entryPoint: "oss://lake/a.py",
        arguments: ["x\n# queue: other", "a\u202eb"],
      }),
    );
    const shown = renderSparkSubmit({ jobDriver });
    expect(shown.split("\n")).toHaveLength(2);
    expect(shown).toContain("\\u202e");
    expect(shown).not.toMatch(/[\u202e]/);
  });

  test("parameters that cannot be read are named as such and not shown", () => {
    const shown = renderSparkSubmit({
      jobDriver: {
        sparkSubmit: { entryPoint: "oss://lake/a.py", sparkSubmitParameters: "--conf 'spark.x.password=hunter2" },
      },
    });
    expect(shown).toContain("UNFINISHED_QUOTE");
    expect(shown).not.toContain("hunter2");
  });
});

describe("settings a person should hear about", () => {
  test.each([
    ["spark.master", "local[*]", "CONF_RESERVED", "refuse"],
    ["spark.submit.deployMode", "client", "CONF_RESERVED", "refuse"],
    ["spark.hadoop.fs.oss.accessKeyId", "abc", "CONF_HOLDS_ACCESS_KEY", "refuse"],
    ["spark.x", "LTAI5tAbCdEfGhIjKlMn", "CONF_HOLDS_ACCESS_KEY", "refuse"],
    ["spark.jdbc.password", "abc", "CONF_HOLDS_SECRET", "warn"],
    ["spark.executor.extraJavaOptions", "-Xmx8g", "CONF_BAD_JAVA_OPTIONS", "refuse"],
    ["spark.yarn.queue", "default", "CONF_INEFFECTIVE", "warn"],
    ["spark.driver.host", "10.0.0.1", "CONF_INEFFECTIVE", "warn"],
    ["spark.eventLog.enabled", "false", "CONF_HIDES_JOB", "warn"],
    ["spark.kubernetes.executor.request.cores", "64", "CONF_EVADES_SIZE", "refuse"],
    ["spark.executor.resource.gpu.amount", "1", "CONF_NOT_IN_ESTIMATE", "warn"],
    ["spark.redaction.regex", "x", "CONF_WEAKENS_REDACTION", "warn"],
    ["hive.metastore.uris", "x", "CONF_IGNORED", "warn"],
  ])("%s=%s gives %s", (key, value, code, effect) => {
    expect(problemsOfSparkConf({ [key]: value })).toMatchObject([{ key, code, effect }]);
  });

  test("ordinary settings give nothing", () => {
    const conf = {
      "spark.executor.memory": "8g",
      "spark.eventLog.enabled": "true",
      "spark.sql.shuffle.partitions": "200",
    };
    expect(problemsOfSparkConf(conf)).toEqual([]);
  });

  test("no sentence repeats the value", () => {
    const problems = problemsOfSparkConf({ "spark.jdbc.password": "hunter2", "spark.accessKey": "hunter2" });
    expect(problems).toHaveLength(2);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });
});

describe("parameters given as one text", () => {
  test.each([
    [
      "--conf spark.executor.instances=1000 --conf spark.executor.instances=1",
      "CONF_REPEATED",
      "spark.executor.instances",
    ],
    ["--num-executors 9 --num-executors 1", "CONF_REPEATED", "--num-executors"],
    ["--properties-file oss://lake/x.conf", "OPTION_REFUSED", "--properties-file"],
    ["--kill jr-1", "OPTION_REFUSED", "--kill"],
    ["--supervise", "OPTION_REFUSED", "--supervise"],
    ["--frob 1", "OPTION_UNKNOWN", "--frob"],
    ["--master local[*]", "CONF_RESERVED", "spark.master"],
  ])("are refused where they cannot be relied on: %s", (text, code, key) => {
    expect(problemsOfParameters(parse(text))[0]).toMatchObject({ code, key, effect: "refuse" });
  });

  test("are accepted in the documented form", () => {
    expect(
      problemsOfParameters(parse("--class org.example.Etl --conf spark.driver.cores=2 --jars oss://lake/a.jar")),
    ).toEqual([]);
  });
});
