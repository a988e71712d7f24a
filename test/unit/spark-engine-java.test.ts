import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EngineUnavailable } from "../../src/sandbox/engine.ts";
import { readSparkHome } from "../../src/sandbox/engines/spark/fetch.ts";
import { findJava, javaMajor } from "../../src/sandbox/engines/spark/java.ts";
import { findPython } from "../../src/sandbox/engines/spark/python.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "spark-engine-java-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function makeJava(name: string, version: string, programs = ["java", "javac"]): string {
  const home = join(folder, name);
  mkdirSync(join(home, "bin"), { recursive: true });
  writeFileSync(join(home, "release"), `IMPLEMENTOR="x"\nJAVA_VERSION="${version}"\n`);
  for (const program of programs) writeFileSync(join(home, "bin", program), "");
  return home;
}

test.each([
  ["1.8.0_412", 8],
  ["11.0.22", 11],
  ["17.0.15+6", 17],
  ["25", 25],
  ["26-ea", 26],
])("Java %s is Java %i", (version, major) => {
  expect(javaMajor(version)).toBe(major);
});

test("JAVA_HOME is taken when Spark runs on it", () => {
  const home = makeJava("jdk11", "11.0.22");
  expect(findJava({ JAVA_HOME: home })).toEqual({ home, version: "11.0.22", major: 11 });
});

test("a JAVA_HOME too new for Spark 3.5 is passed over", () => {
  const home = makeJava("jdk25", "25.0.3");
  makeJava("sdk/.sdkman/candidates/java/17.0.9", "17.0.9");
  const found = findJava({ JAVA_HOME: home, HOME: join(folder, "sdk") });
  expect(found.home).not.toBe(home);
  expect([8, 11, 17]).toContain(found.major);
});

test("the java on the PATH is found through its links", () => {
  const home = makeJava("jdk17", "17.0.1");
  expect(findJava({ PATH: join(home, "bin"), JAVA_HOME: home }).home).toBe(home);
});

test("a Spark home is known by its JARs, and only 3.5 counts", () => {
  mkdirSync(join(folder, "jars"));
  writeFileSync(join(folder, "jars", "spark-core_2.13-4.0.1.jar"), "");
  expect(readSparkHome(folder)).toBeUndefined();
  writeFileSync(join(folder, "jars", "spark-core_2.12-3.5.2.jar"), "");
  mkdirSync(join(folder, "python", "lib"), { recursive: true });
  for (const zip of ["pyspark.zip", "py4j-0.10.9.7-src.zip"]) writeFileSync(join(folder, "python", "lib", zip), "");
  expect(readSparkHome(folder)).toEqual({
    home: folder,
    version: "3.5.2",
    pythonPath: [join(folder, "python/lib/pyspark.zip"), join(folder, "python/lib/py4j-0.10.9.7-src.zip")],
  });
});

test("without any Python the engine says what to install", async () => {
  const failure = await findPython({ PATH: folder }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(EngineUnavailable);
  expect(failure).toMatchObject({ message: "no python3 was found", fix: expect.stringContaining("Install Python") });
});
