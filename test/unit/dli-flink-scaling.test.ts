import { describe, expect, test } from "vitest";
import type { FlinkDefinition } from "../../src/jobs/dli/flink-definition.ts";
import {
  describeScaling,
  problemsOfScaling,
  readScaling,
  type Scaling,
  type ScalingSubject,
  scalingOfFlinkConfig,
  warningsOfScaling,
  withoutScaling,
  withScaling,
} from "../../src/jobs/dli/flink-scaling.ts";

const definition: FlinkDefinition = {
  job_type: "flink_jar_job",
  flink_version: "1.12",
  obs_bucket: "acme-dli",
  log_enabled: true,
  checkpoint_enabled: true,
};
const scaling: Scaling = { enabled: true, intervalMinutes: 30, cuMax: 8, cuMin: 2 };

function fieldsOf(changed: Partial<Scaling>, subject: Partial<ScalingSubject> = {}): string[] {
  const whole = { definition, config: {}, totalCu: 4, status: "job_init", ...subject };
  return problemsOfScaling({ ...scaling, ...changed }, whole).map(({ field }) => field);
}

const lacking = (changed: Partial<FlinkDefinition>) => fieldsOf({}, { definition: { ...definition, ...changed } });

describe("dynamic scaling", () => {
  test("is taken by a stopped job that has all it needs", () => {
    expect(fieldsOf({})).toEqual([]);
  });

  test.each<[string, Partial<FlinkDefinition>]>([
    ["flink_version", { flink_version: "1.10" }],
    ["job_type", { job_type: "flink_sql_job" }],
    ["obs_bucket", { obs_bucket: "" }],
    ["log_enabled", { log_enabled: false }],
    ["checkpoint_enabled", { checkpoint_enabled: false }],
  ])("needs %s", (field, changed) => {
    expect(lacking(changed)).toEqual([field]);
  });

  test("counts 1.9 as older than 1.12, and takes OpenSource SQL", () => {
    expect(lacking({ flink_version: "1.9" })).toEqual(["flink_version"]);
    expect(lacking({ job_type: "flink_opensource_sql_job", flink_version: "1.17" })).toEqual([]);
  });

  test("takes checkpoints that the program's settings bring", () => {
    const config = { "execution.checkpointing.interval": "30s" };
    expect(fieldsOf({}, { definition: { ...definition, checkpoint_enabled: false }, config })).toEqual([]);
  });

  test.each(["job_running", "job_submitting", "job_canceling", "job_cancel_fail", "job_dancing"])(
    "is not changed while the job is %s",
    (status) => {
      expect(fieldsOf({}, { status })).toEqual(["status"]);
    },
  );

  test.each<[Partial<Scaling>, string[]]>([
    [{ cuMax: 4 }, []],
    [{ cuMax: 3 }, ["cuMax"]],
    [{ cuMax: 400 }, []],
    [{ cuMax: 401 }, ["cuMax"]],
    [{ cuMax: 4.5 }, ["cuMax"]],
    [{ cuMin: 4 }, []],
    [{ cuMin: 5 }, ["cuMin"]],
    [{ cuMin: 0 }, ["cuMin"]],
    [{ intervalMinutes: 1 }, []],
    [{ intervalMinutes: 0 }, ["intervalMinutes"]],
    [{ intervalMinutes: Number.NaN }, ["intervalMinutes"]],
  ])("of %j around a configured total of 4 CU is refused for %j", (changed, fields) => {
    expect(fieldsOf(changed)).toEqual(fields);
  });

  test("that is off is never a problem", () => {
    expect(fieldsOf({ enabled: false, cuMax: 0 }, { status: "job_running", definition: {} })).toEqual([]);
  });

  test("says every problem at once, in both languages", () => {
    const problems = problemsOfScaling(scaling, { definition: {}, config: {}, totalCu: 9, status: "job_running" });
    expect(problems.map(({ field }) => field)).toEqual([
      "status",
      "obs_bucket",
      "log_enabled",
      "checkpoint_enabled",
      "cuMax",
    ]);
    for (const { sentence } of problems) {
      expect(sentence.en).not.toBe("");
      expect(sentence.zh).toMatch(/\p{Script=Han}/u);
    }
  });
});

describe("its settings", () => {
  test("have defaults: 30 min, the configured total, 2 CU", () => {
    expect(readScaling({}, 6)).toEqual({ enabled: false, intervalMinutes: 30, cuMax: 6, cuMin: 2 });
  });

  test("are written out whole beside whatever else is set", () => {
    const { config } = withScaling({ "env.java.opts": "-Dx=1" }, { cuMax: 8 }, 4);
    expect(config).toEqual({
      "env.java.opts": "-Dx=1",
      "flink.dli.job.scale.enable": "true",
      "flink.dli.job.scale.interval": "30",
      "flink.dli.job.cu.max": "8",
      "flink.dli.job.cu.min": "2",
    });
  });

  test("keep what is not wished otherwise", () => {
    const { config: first } = withScaling({}, { cuMax: 8, cuMin: 3, intervalMinutes: 60 }, 4);
    expect(withScaling(first, { cuMax: 10 }, 4).scaling).toEqual({
      enabled: true,
      intervalMinutes: 60,
      cuMax: 10,
      cuMin: 3,
    });
  });

  test("of a job of less than 2 CU begin at what it has", () => {
    expect(withScaling({}, {}, 1.5).scaling).toMatchObject({ cuMin: 1, cuMax: 2 });
  });

  test("are removed, and nothing else is", () => {
    const { config } = withScaling({ a: "1", "flink.dli.job.priority": "7" }, { cuMax: 8 }, 4);
    expect(withoutScaling(config)).toEqual({ a: "1", "flink.dli.job.priority": "7" });
  });

  test("are told in words", () => {
    expect(describeScaling(scaling).en).toBe("on: 2 to 8 CU, looked at every 30 min");
    expect(describeScaling({ ...scaling, enabled: false })).toEqual({ en: "off", zh: "关闭" });
  });
});

test("a short interval, equal bounds, an unknown version and a priority without scaling are warned of", () => {
  const subject = { definition, config: {}, totalCu: 4 };
  const warnings = (changed: Partial<Scaling>, more: Partial<ScalingSubject> = {}) =>
    warningsOfScaling({ ...scaling, ...changed }, { ...subject, ...more }).length;
  expect(warnings({})).toBe(0);
  expect(warnings({ intervalMinutes: 9 })).toBe(1);
  expect(warnings({ intervalMinutes: 10 })).toBe(0);
  expect(warnings({ cuMin: 8 })).toBe(1);
  const { flink_version, ...unversioned } = definition;
  expect(warnings({}, { definition: unversioned })).toBe(1);
  expect(warnings({ enabled: false }, { config: { "flink.dli.job.priority": "7" } })).toBe(1);
  expect(warnings({ enabled: false })).toBe(0);
});

test("a job's settings come to its scaling in words, and unreadable ones to none", () => {
  expect(scalingOfFlinkConfig({ cu_number: 4, runtime_config: "flink.dli.job.scale.enable=true" })).toBe(
    "on: 2 to 4 CU, looked at every 30 min",
  );
  expect(scalingOfFlinkConfig({ cu_number: 4, runtime_config: null })).toBe("off");
  expect(scalingOfFlinkConfig({ runtime_config: "?" })).toBeUndefined();
  expect(scalingOfFlinkConfig(undefined)).toBeUndefined();
});
