import { readPolicy } from "../../../src/cli/workbench.ts";
import { createDliTransport } from "../../../src/clouds/dli/transport.ts";
import { createEmrTransport } from "../../../src/clouds/emr/transport.ts";
import { createObsTransport } from "../../../src/clouds/obs/transport.ts";
import type { Profile } from "../../../src/clouds/profile.ts";
import type { CloudTransport } from "../../../src/clouds/transport.ts";
import { dliIndex, operationIndex } from "../../../src/operations/registry.ts";
import { createRouteMatcher } from "../../../src/operations/routes.ts";
import type { Cloud } from "../../../src/operations/types.ts";
import type { Policy } from "../../../src/policy/types.ts";

/** All that differs between the clouds that the matrix is run over. */
export interface CloudUnderAttack {
  name: Profile["cloud"];
  /** Whose gates are tried, in the order of the registry. */
  operations: readonly string[];
  place: Pick<Profile, "regionId"> & Partial<Profile>;
  policy(): Policy;
  /** The product's own way to a host that stands for the whole cloud. */
  transports(host: string): (cloud: Cloud) => Promise<CloudTransport>;
  /** The operation that a request line means; undefined: none of the registry. */
  operationOf(method: string, path: string): string | undefined;
}

const matchEmr = createRouteMatcher(operationIndex);

export const emr: CloudUnderAttack = {
  name: "emr",
  operations: operationIndex.map(({ name }) => name),
  place: { regionId: "cn-hangzhou" },
  policy: () => policyOf("emr"),
  transports(host) {
    const credentials = { kind: "pair", accessKeyId: "testid", accessKeySecret: "testsecret" } as const;
    const transport = createEmrTransport({ host, protocol: "http", credentials });
    return async () => transport;
  },
  operationOf: (method, path) => matchEmr(method, path)?.operation,
};

export const projectId = "0123456789abcdef0123456789abcdef";
const matchDli = createRouteMatcher(dliIndex);

/** With the one write of its storage. */
export const dli: CloudUnderAttack = {
  name: "dli",
  operations: [...dliIndex.map(({ name }) => name), "ObsPutObject"],
  place: { regionId: "cn-north-4", projectId },
  policy: () => policyOf("dli"),
  transports(host) {
    const credentials = { kind: "key", accessKeyId: "testid", secretAccessKey: "testsecret" } as const;
    const here = { host, protocol: "http" } as const;
    const transport = createDliTransport({
      hosts: { dli: here, iam: here, ces: here, cts: here },
      credentials,
      projectId,
    });
    const storage = createObsTransport(async () => ({
      endpoint: `http://${host}`,
      regionId: dli.place.regionId,
      credentials,
    }));
    return async (cloud) => (cloud === "obs" ? storage : transport);
  },
  operationOf: (method, path) =>
    matchDli(method, path)?.operation ?? (/^\/v[\d.]+\//i.test(path) ? undefined : storageOperations[method]),
};

/** What lies under no version of DLI is a bucket's. */
const storageOperations: Readonly<Record<string, string>> = {
  GET: "ObsListObjects",
  HEAD: "ObsHeadObject",
  PUT: "ObsPutObject",
};

/** Each read once: that takes longer than most attacks. */
const policies = new Map<Profile["cloud"], Policy>();

function policyOf(cloud: Profile["cloud"]): Policy {
  const known = policies.get(cloud);
  if (known) return known;
  const loaded = readPolicy(undefined, cloud);
  if (!loaded.ok) throw new Error(loaded.problems.join("; "));
  policies.set(cloud, loaded.policy);
  return loaded.policy;
}
