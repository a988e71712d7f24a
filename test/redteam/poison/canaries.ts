import { findOperation, operationIndex } from "../../../src/operations/registry.ts";

/** Values that occur nowhere else; one that turns up in an output is a leak, and its name says from where. */
export const canaries = {
  accessKeySecret: "cNrySecret7Q2v9XkLm4Rt8Wz1Yb6Hd",
  securityToken: "cNrySts3JfP0aUe5Gn7Bs2Kx9Vq4Mw8T",
  kyuubiToken: "cnrykyuubi0a1b2c3d4e5f6g7h8i9j0k",
  livyToken: "cnrylivy9z8y7x6w5v4u3t2s1r0q9p8o",
  connectionToken: "cNryConn5Hk2Lp8Zx3Wq7Er1Ty6Ui4Op",
  redisPassword: "cNryRedis1Mn5Bv9Cx3Zl7Kj2Hg6Fd8S",
  settingValue: "cNryConf8Ws4Ed2Rf6Tg0Yh5Uj9Ik3Ol",
  addressToken: "cNryUrl6Az1Sx5Dc9Fv3Gb7Hn2Jm8Kq4",
} as const;

export function leaksIn(text: string, planted: Readonly<Record<string, string>> = canaries): string[] {
  return Object.entries(planted).flatMap(([name, value]) => (text.includes(value) ? [name] : []));
}

/** Reads whose rows hold secrets, and reads that give back settings or addresses with tokens. */
export const tellingReads: readonly string[] = operationIndex.flatMap(({ name, method }) => {
  const row = findOperation(name);
  if (!row || method !== "GET") return [];
  const told = JSON.stringify(row.response ?? {});
  return row.secrets.response.length > 0 || /configItemKey|sparkSubmitParameters|[?&]token=/.test(told) ? [name] : [];
});

const settings = [
  { configFileName: "spark-defaults.conf", configItemKey: "spark.executor.cores", configItemValue: "4" },
  {
    configFileName: "core-site.xml",
    configItemKey: "fs.oss.accessKeySecret",
    configItemValue: canaries.settingValue,
  },
];
const jobRun = {
  jobRunId: "jr-231231",
  state: "Failed",
  webUI: `https://ui.example/jobs?token=${canaries.addressToken}`,
  stateChangeReason: { code: "1", message: "java.lang.OutOfMemoryError: Java heap space" },
  log: { driverStdOut: "oss://lake/logs/stdout.log", driverStdError: "oss://lake/logs/stderr.log" },
  configurationOverrides: { configurations: settings },
  jobDriver: {
    sparkSubmit: {
      entryPoint: "oss://lake/a.py",
      entryPointArguments: ["--password", canaries.settingValue, `--token=${canaries.settingValue}`],
      sparkSubmitParameters: `--conf spark.executor.cores=4 --conf spark.hadoop.fs.oss.accessKeySecret=${canaries.settingValue}`,
    },
  },
};
const session = {
  sessionClusterId: "sc-dfahdfjafhajd",
  connectionToken: canaries.connectionToken,
  applicationConfigs: settings,
};
const ray = {
  clusterId: "ray-1",
  submitToken: canaries.connectionToken,
  dashboardUrl: `https://ray.example/dashboard?token=${canaries.addressToken}`,
  headSpec: { gftConfig: { redisPassword: canaries.redisPassword } },
};

/** What a service that holds all of these would answer to any read. */
export function tellingAnswer(operation: string): Record<string, unknown> {
  const token = /Livy/.test(operation) ? canaries.livyToken : canaries.kyuubiToken;
  return {
    requestId: "req-1",
    workspaceId: "w-d2d82aa09155",
    jobRunId: "jr-231231",
    listLogContent: { contents: [{ LineContent: "done\n" }], totalLength: 1 },
    data: {
      token,
      tokens: [{ tokenId: "tk-1", token }],
      kyuubiServices: [{ sparkUiEndpoint: `http://ui.example/ui/?token=${canaries.addressToken}` }],
    },
    jobRun,
    jobRuns: [jobRun],
    runConfiguration: { configs: settings, jobDriver: jobRun.jobDriver },
    sessionCluster: session,
    sessionClusters: [session],
    ...ray,
    rayClusters: [ray],
    rayJobs: [ray],
    workspaces: [{ workspaceId: "w-d2d82aa09155", workspaceName: "etl", workspaceStatus: "RUNNING" }],
    queues: [
      {
        queueName: "root_queue",
        queueStatus: "RUNNING",
        maxResource: '{"cpu":"64","memory":"256Gi"}',
        minResource: '{"cpu":"64","memory":"256Gi"}',
      },
    ],
    releaseVersions: [],
  };
}

/** A service that complains by quoting all it was given and all it knows. */
export function complaint(): Record<string, unknown> {
  const { accessKeySecret, securityToken, ...others } = canaries;
  const named = Object.entries(others).map(([name, value]) => `${name.replace("settingValue", "password")}=${value}`);
  return {
    Code: `InvalidParameter.${accessKeySecret}`,
    Message: `cannot sign with ${accessKeySecret} and ${securityToken}; given were ${named.join(" ")}`,
    RequestId: `req-${encodeURIComponent(accessKeySecret)}`,
  };
}
