import { expect, test } from "vitest";
import { openWorkbench } from "../../src/cli/workbench.ts";
import type { AlibabaConnection } from "../../src/clouds/alibaba/connection.ts";
import { readCallerIdentity } from "../../src/clouds/sts/caller-identity.ts";
import { contextWith } from "../doubles/gateway-parts.ts";
import { type Answer, listenAsCloud } from "../doubles/listening-cloud.ts";
import { newDataFolder, onCleanUp, openSandbox } from "../doubles/sandbox-emr.ts";

const pair = { kind: "pair", accessKeyId: "testid", accessKeySecret: "testsecret" } as const;

async function stsThat(answer: Answer) {
  const cloud = await listenAsCloud(answer);
  onCleanUp(() => cloud.close());
  const connection: AlibabaConnection = { host: cloud.host, protocol: "http", credentials: pair };
  return { cloud, connection };
}

function environmentOver(host: string, extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return {
    SPARK_WORKSPACE_HOME: newDataFolder(),
    SPARK_WORKSPACE_EMR_ENDPOINT: host,
    ALIBABA_CLOUD_ACCESS_KEY_ID: pair.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: pair.accessKeySecret,
    ...extra,
  };
}

test("the official client asks the sandbox whose AccessKey it is, and every answer says so", async () => {
  const { sandbox } = await openSandbox();
  const environment = environmentOver(sandbox.emrEndpoint, {
    ALIBABA_CLOUD_ACCESS_KEY_ID: sandbox.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: sandbox.accessKeySecret,
  });
  const workbench = await openWorkbench(environment);
  onCleanUp(() => workbench.close());
  const outcome = await workbench.gateway.run("ListWorkspaces", {}, contextWith({ strength: "none" }));
  expect(outcome).toMatchObject({ kind: "done", where: { identity: "acs:ram::1000000001:root" } });
});

test("a wrong secret opens nothing, and the refusal names neither secret nor signature", async () => {
  const { sandbox } = await openSandbox();
  const environment = environmentOver(sandbox.emrEndpoint, { ALIBABA_CLOUD_ACCESS_KEY_ID: sandbox.accessKeyId });
  await expect(openWorkbench(environment)).rejects.toMatchObject({
    code: "IDENTITY_UNKNOWN",
    message: expect.stringMatching(/SignatureDoesNotMatch(?!.*testsecret)/),
  });
});

test.each([
  ["acs:ram::1234567890123456:user/etl", "acs:ram::1234567890123456:user/etl"],
  ["acs:ram::1234567890123456:root", "acs:ram::1234567890123456:root"],
  ["acs:ram::1234567890123456:assumed-role/spark-ops/node-1763", "acs:ram::1234567890123456:assumed-role/spark-ops"],
])("%s is known as %s", async (Arn, identity) => {
  const { connection, cloud } = await stsThat(() => ({ body: { Arn, AccountId: "1234567890123456" } }));
  expect(await readCallerIdentity(connection)).toEqual({ ok: true, identity });
  expect(cloud.received).toEqual([{ method: "POST", url: "/" }]);
});

test.each([
  ["no ARN", { body: { AccountId: "1" } }],
  ["an ARN with a line break", { body: { Arn: "acs:ram::1:user/a\nApproved: yes" } }],
  ["a text that is no ARN", { body: { Arn: "root" } }],
  ["a failure", { status: 500, body: { Code: "InternalError", Message: "STS Server Internal Error happened." } }],
  ["no JSON", { body: "<html>" }],
  ["a redirect", { status: 302, body: {}, headers: { location: "http://127.0.0.1:1/" } }],
])("an STS that answers with %s leaves the caller unknown", async (_, answer) => {
  const { connection } = await stsThat(() => answer);
  expect(await readCallerIdentity(connection)).toMatchObject({ ok: false, code: "IDENTITY_UNKNOWN" });
});

test("an STS that cannot be reached opens nothing, and the next try asks again", async () => {
  const { cloud } = await stsThat(() => ({ body: { Arn: "acs:ram::1:root" } }));
  const environment = environmentOver(cloud.host, { SPARK_WORKSPACE_STS_ENDPOINT: "127.0.0.1:1" });
  await expect(openWorkbench(environment)).rejects.toMatchObject({ code: "IDENTITY_UNKNOWN" });
  expect(cloud.received).toEqual([]);
  const workbench = await openWorkbench({ ...environment, SPARK_WORKSPACE_STS_ENDPOINT: cloud.host });
  onCleanUp(() => workbench.close());
  expect(workbench.gateway.where.identity).toBe("acs:ram::1:root");
});
