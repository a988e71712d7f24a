import { describe, expect, test } from "vitest";
import { clusterSettings, isReserved, renderYaml } from "../../src/sandbox/engines/flink/settings.ts";
import { splitStatements } from "../../src/sandbox/engines/flink/statements.ts";
import { lastError, rootCause } from "../../src/sandbox/engines/flink/words.ts";

const folders = { configuration: "/run/conf", temporary: "/run/tmp", work: "/run/work" };

function settings(configuration: Record<string, string>): Record<string, string> {
  return clusterSettings({ name: "job", configuration, stateFolder: "/state" }, folders, "/storage");
}

describe("the statements of a SQL program", () => {
  test("are split at semicolons, not at those of strings, names and comments", () => {
    const program = `SET 'a' = 'x;y'; -- no; really
      INSERT INTO \`odd;name\` SELECT 'it''s; fine' /* a; b */ FROM t;`;
    expect(splitStatements(program).map((each) => each.replace(/\s+/g, " "))).toEqual([
      "SET 'a' = 'x;y'",
      "INSERT INTO `odd;name` SELECT 'it''s; fine' FROM t",
    ]);
  });

  test("keep their hints", () => {
    expect(splitStatements("INSERT INTO o SELECT * FROM t /*+ OPTIONS('a'='1;2') */")).toEqual([
      "INSERT INTO o SELECT * FROM t /*+ OPTIONS('a'='1;2') */",
    ]);
  });

  test.each(["EXECUTE STATEMENT SET\nBEGIN", "BEGIN STATEMENT SET;", "execute statement set as begin"])(
    "are without the frame of a statement set (%j)",
    (frame) => {
      expect(splitStatements(`${frame} INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END;`)).toEqual([
        "INSERT INTO a SELECT 1",
        "INSERT INTO b SELECT 2",
      ]);
    },
  );

  test("keep a CASE that ends a statement", () => {
    expect(splitStatements("INSERT INTO a SELECT CASE WHEN x THEN 1 END;")).toEqual([
      "INSERT INTO a SELECT CASE WHEN x THEN 1 END",
    ]);
  });
});

describe("the settings of a cluster", () => {
  test.each([
    "rest.bind-address",
    "taskmanager.bind-host",
    "metrics.reporters",
    "metrics.reporter.prom.port",
    "io.tmp.dirs",
    "env.java.opts.all",
    "high-availability",
    "sandbox.storage.folder",
  ])("do not take %s from a job", (key) => {
    expect(isReserved(key)).toBe(true);
    expect(settings({ [key]: "the job's" })[key]).not.toBe("the job's");
  });

  test("take what belongs to the job itself", () => {
    const own = { "restart-strategy.type": "fixed-delay", "table.exec.state.ttl": "1 h", "my.restart": "x" };
    expect(settings(own)).toMatchObject(own);
  });

  test("keep checkpoints in the job's folder whatever the job says", () => {
    expect(settings({ "execution.checkpointing.dir": "obs://elsewhere/x" })["execution.checkpointing.dir"]).toBe(
      "file:///state",
    );
  });

  test("are YAML that a value cannot leave", () => {
    expect(renderYaml({ a: 'x"\nrest.port: 1' })).toBe('"a": "x\\"\\nrest.port: 1"\n');
  });
});

describe("the words of a failure", () => {
  const trace = [
    "org.apache.flink.runtime.JobException: Recovery is suppressed by NoRestartBackoffTimeStrategy",
    "\tat org.apache.flink.Handler.handle(Handler.java:1)",
    "Caused by: java.lang.IllegalStateException: two",
    "lines of it",
    "\tat Program.main(Program.java:2)",
    "\t... 4 more",
  ].join("\n");

  test("are the innermost cause with all its lines", () => {
    expect(rootCause(trace)).toBe("java.lang.IllegalStateException: two\nlines of it");
  });

  test("are those of the exception itself when it has no cause", () => {
    expect(rootCause("java.lang.ArithmeticException: / by zero\n\tat A.b(A.java:1)")).toBe(
      "java.lang.ArithmeticException: / by zero",
    );
  });

  test("are a person's for what the sandbox's own SQL program refuses", () => {
    expect(rootCause("a.B: c\nCaused by: sandbox.flink.SqlProgram$Refused: statement 2: no")).toBe("statement 2: no");
  });

  test("of a process are those of its last error", () => {
    const log = [
      "2026-01-02 03:04:05,678 INFO  a.B [] - started",
      "2026-01-02 03:04:05,679 ERROR a.C [] - Could not start.",
      trace,
      "2026-01-02 03:04:06,000 INFO  a.B [] - shut down",
    ].join("\n");
    expect(lastError(log)).toBe("java.lang.IllegalStateException: two\nlines of it");
    expect(lastError("2026-01-02 03:04:05,678 INFO  a.B [] - started")).toBeUndefined();
  });
});
