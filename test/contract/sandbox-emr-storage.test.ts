import { writeFileSync } from "node:fs";
import { join } from "node:path";
import OSS from "ali-oss";
import { expect, test } from "vitest";
import { newWorkspace, openSandbox, startJob, waitForState } from "../doubles/sandbox-emr.ts";

test("a run's logs are objects that Alibaba's OSS client reads with the same AccessKey", async () => {
  const { call, sandbox } = await openSandbox({ objectStore: {} });
  const workspaceId = await newWorkspace(call);
  const jobRunId = await startJob(call, workspaceId, ["log=hello"]);
  const { log } = await waitForState(call, workspaceId, jobRunId, "Success");
  const { accessKeyId, accessKeySecret, ossEndpoint = "" } = sandbox;
  const oss = new OSS({ accessKeyId, accessKeySecret, endpoint: ossEndpoint, bucket: "sandbox" });
  const { content } = await oss.get(log?.driverStdOut?.replace("oss://sandbox/", "") ?? "");
  expect(String(content)).toBe("hello\n");
});

test("a file in the storage folder is an object", async () => {
  const { sandbox } = await openSandbox({ objectStore: {} });
  writeFileSync(join(sandbox.storageFolder, "sandbox", "in.csv"), "1,2\n");
  const { accessKeyId, accessKeySecret, ossEndpoint = "" } = sandbox;
  const oss = new OSS({ accessKeyId, accessKeySecret, endpoint: ossEndpoint, bucket: "sandbox" });
  expect(String((await oss.get("in.csv")).content)).toBe("1,2\n");
});
