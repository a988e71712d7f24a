import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findEventLog, readExecutors } from "../../src/sandbox/engines/spark/event-log.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "spark-engine-events-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const added = `{"Event":"SparkListenerExecutorAdded","Timestamp":10,"Executor ID":"1","Executor Info":{"Host":"127.0.0.1","Total Cores":2,"Log Urls":{}}}\n`;

test("before Spark has begun there is no application and no executor", async () => {
  expect(await findEventLog(folder)).toBeUndefined();
  expect(await readExecutors(folder)).toEqual([]);
});

test("an application in progress is known by its id", async () => {
  writeFileSync(join(folder, "spark-0a.inprogress"), "");
  expect(await findEventLog(folder)).toMatchObject({ applicationId: "spark-0a" });
});

test("an executor is listed while the log is being written, half a line included", async () => {
  writeFileSync(join(folder, "spark-0a.inprogress"), `{"Event":"SparkListenerLogStart"}\n${added}`);
  appendFileSync(join(folder, "spark-0a.inprogress"), `{"Event":"SparkListenerExecutorRemoved","Timest`);
  expect(await readExecutors(folder)).toEqual([{ executorId: "1", host: "127.0.0.1", cores: 2, addedAt: 10 }]);
});

test("a removed executor tells why, and the end of the application ends the others", async () => {
  const file = join(folder, "spark-0a.inprogress");
  writeFileSync(file, added + added.replace('"1"', '"2"'));
  appendFileSync(
    file,
    `{"Event":"SparkListenerExecutorRemoved","Timestamp":20,"Executor ID":"1","Removed Reason":"exit code 137"}
{"Event":"SparkListenerApplicationEnd","Timestamp":30}
`,
  );
  renameSync(file, join(folder, "spark-0a"));
  expect(await readExecutors(folder)).toMatchObject([
    { executorId: "1", removedAt: 20, removedReason: "exit code 137" },
    { executorId: "2", removedAt: 30, removedReason: "the application ended" },
  ]);
});
