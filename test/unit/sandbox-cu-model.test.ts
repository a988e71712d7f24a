import { describe, expect, test } from "vitest";
import { declaredResources } from "../../src/sandbox/cu-model.ts";
import { readDeclaredConf, splitWords } from "../../src/sandbox/spark-conf.ts";

const cuOf = (parameters: string) => declaredResources(readDeclaredConf(parameters, {}).conf);

describe("the CU of a job", () => {
  test("is its cores where cores are the scarcer part", () => {
    expect(cuOf("--conf spark.driver.cores=2 --conf spark.executor.cores=4 --conf spark.executor.instances=3").cu).toBe(
      14,
    );
  });

  test("is a quarter of its GiB where memory is the scarcer part", () => {
    // Driver 1 GiB + 384 MiB, one executor 20 GiB + 2 GiB.
    const { cu, memoryMiB } = cuOf("--num-executors 1 --executor-memory 20g");
    expect(memoryMiB).toBe(1024 + 384 + 20_480 + 2048);
    expect(cu).toBeCloseTo(memoryMiB / 4096, 10);
  });

  test("of a job that declares nothing is that of Spark's defaults: a driver and two executors", () => {
    expect(cuOf("")).toEqual({ cores: 3, memoryMiB: 3 * (1024 + 384), cu: 3 });
  });

  test("counts off-heap memory only where it is turned on", () => {
    const size = "--conf spark.memory.offHeap.size=1073741824 --num-executors 1";
    const on = cuOf(`${size} --conf spark.memory.offHeap.enabled=true`).memoryMiB;
    expect(on - cuOf(size).memoryMiB).toBe(1024);
  });

  test("takes a declared overhead instead of the tenth", () => {
    const one = "--num-executors 1 --executor-memory 10g";
    const declared = cuOf(`${one} --conf spark.executor.memoryOverhead=2g`).memoryMiB;
    expect(declared - cuOf(one).memoryMiB).toBe(1024);
  });

  test("with dynamic allocation is that of the executors it starts with", () => {
    const dynamic = "--conf spark.dynamicAllocation.enabled=true --conf spark.executor.instances=50";
    expect(cuOf(dynamic).cores).toBe(3);
    expect(cuOf(`${dynamic} --conf spark.dynamicAllocation.minExecutors=5`).cores).toBe(6);
  });
});

describe("what a job declares", () => {
  test("the options of spark-submit win over --conf, and --conf over the overrides", () => {
    const defaults = { "spark.executor.memory": "1g", "spark.executor.cores": "1", "spark.app.name": "x" };
    const parameters = "--executor-memory=3g --conf spark.executor.memory=2g --conf spark.executor.cores=2";
    expect(readDeclaredConf(parameters, defaults).conf).toEqual({
      "spark.executor.memory": "3g",
      "spark.executor.cores": "2",
      "spark.app.name": "x",
    });
  });

  test("an inline statement reaches to the end, whatever it holds", () => {
    const { conf } = readDeclaredConf(
      "--conf spark.driver.cores=2 --conf spark.emr.sql.content=SELECT '--conf spark.driver.cores=9' -- x",
      {},
    );
    expect(conf).toEqual({
      "spark.driver.cores": "2",
      "spark.emr.sql.content": "SELECT '--conf spark.driver.cores=9' -- x",
    });
  });

  test("words are split as a shell does", () => {
    expect(splitWords(`--conf "a=b c" 'd "e' f\\ g "h\\"i" ''`)).toEqual(["--conf", "a=b c", 'd "e', "f g", 'h"i', ""]);
  });
});
