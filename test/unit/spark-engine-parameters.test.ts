import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSubmitParameters } from "../../src/sandbox/engines/spark/parameters.ts";
import { splitWords } from "../../src/sandbox/engines/spark/tokens.ts";

function parse(sparkSubmitParameters: string, codeType: "JAR" | "PYTHON" | "SQL" = "JAR", configuration = {}) {
  return parseSubmitParameters({ codeType, sparkSubmitParameters, configuration });
}

describe("splitting a line into words", () => {
  test.each([
    ["--class A --conf x=y", ["--class", "A", "--conf", "x=y"]],
    ["  a\t b\n c ", ["a", "b", "c"]],
    [`--conf "spark.app.name=my job"`, ["--conf", "spark.app.name=my job"]],
    [`--conf spark.app.name='my "own" job'`, ["--conf", 'spark.app.name=my "own" job']],
    [`a\\ b "c\\"d" 'e\\f' "g\\h"`, ["a b", 'c"d', "e\\f", "g\\h"]],
    [`'' ""`, ["", ""]],
    ["$HOME *.jar ; rm | x `y`", ["$HOME", "*.jar", ";", "rm", "|", "x", "`y`"]],
  ])("%j gives the words of a shell and expands nothing", (text, words) => {
    expect(splitWords(text)).toEqual({ ok: true, words });
  });

  test("an open quote is a problem, not a guess", () => {
    expect(splitWords(`--name "half`)).toEqual({ ok: false, problem: 'a " is opened and never closed' });
  });

  test("whatever is quoted comes back as it was", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), (words) => {
        const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
        expect(splitWords(quoted)).toEqual({ ok: true, words });
      }),
    );
  });
});

describe("options of spark-submit", () => {
  test("an option with a setting of its own becomes that setting", () => {
    expect(parse("--class a.B --driver-memory 8g --num-executors=2 --py-files oss://b/l.zip")).toMatchObject({
      mainClass: "a.B",
      settings: {
        "spark.driver.memory": "8g",
        "spark.executor.instances": "2",
        "spark.submit.pyFiles": "oss://b/l.zip",
      },
    });
  });

  test("an option beats the --conf of the same meaning, and --conf beats the request's configuration", () => {
    expect(
      parse("--executor-cores 4 --conf spark.executor.cores=2 --conf spark.x=conf", "JAR", {
        "spark.x": "request",
        "spark.y": "request",
      }),
    ).toMatchObject({ settings: { "spark.executor.cores": "4", "spark.x": "conf", "spark.y": "request" } });
  });

  test("a value keeps its own equals signs", () => {
    expect(parse("-c spark.driver.extraJavaOptions=-Da=b")).toMatchObject({
      settings: { "spark.driver.extraJavaOptions": "-Da=b" },
    });
  });

  test("master, deploy mode and verbosity are read, noted and have no effect", () => {
    expect(parse("--master yarn --deploy-mode cluster -v")).toEqual({
      settings: {},
      notes: ["--master yarn has no effect", "--deploy-mode cluster has no effect", "-v has no effect"],
    });
  });

  test.each([
    ["--packages org.x:y:1", "--packages is not accepted: dependencies are not resolved"],
    ["--conf spark.jars.packages=org.x:y:1", "spark.jars.packages is not accepted"],
    ["--conf spark.jars.ivySettings=/x", "spark.jars.ivySettings is not accepted"],
    ["--properties-file /etc/x", "--properties-file is not accepted"],
    ["--kill driver-1", "--kill is not accepted"],
    ["--no-such-option 1", "--no-such-option is not an option"],
    ["--conf spark.app.name=my job", '"job" stands where an option was expected'],
    ["--conf spark.x", 'takes key=value, not "spark.x"'],
    ["--class", "--class has no value"],
    ["--name 'x", "is opened and never closed"],
  ])("%j is refused with the reason", (text, reason) => {
    expect(parse(text)).toMatchObject({
      kind: "refused",
      code: "ERR-110001",
      message: expect.stringContaining(reason),
    });
  });
});

describe("an inline SQL statement", () => {
  test("unquoted and last, it is everything behind the equals sign", () => {
    const sql = `SELECT 'it''s', "x" -- a comment\nFROM t WHERE a = 1 --conf b=c`;
    expect(parse(`--conf spark.executor.instances=1 --conf spark.emr.sql.content=${sql}`, "SQL")).toMatchObject({
      sql,
      settings: { "spark.executor.instances": "1" },
    });
  });

  test.each([
    `--conf "spark.emr.sql.content=SELECT 1 AS one" --name n`,
    `--conf spark.emr.sql.content="SELECT 1 AS one" --name n`,
  ])("quoted for a shell (%s), it ends where the quote ends", (text) => {
    expect(parse(text, "SQL")).toMatchObject({ sql: "SELECT 1 AS one", settings: { "spark.app.name": "n" } });
  });

  test("from the request's configuration it counts as well", () => {
    expect(parse("", "SQL", { "spark.emr.sql.content": "SELECT 1" })).toMatchObject({ sql: "SELECT 1", settings: {} });
  });
});
