import type { AccessKey } from "./signer.ts";

/** How to reach a service of Huawei Cloud, and as whom. Holds secrets: never logged, never part of an answer. */
export interface HuaweiConnection {
  /** Host, with port when it is not the scheme's own. */
  host: string;
  protocol: "https" | "http";
  /** Sent as X-Project-Id; the paths name the project too. */
  projectId?: string;
  credentials: HuaweiCredentials;
}

export type HuaweiCredentials =
  | ({ kind: "key" } & AccessKey)
  /** A token that somebody else asked for; nothing here can renew it. */
  | { kind: "token"; token: string }
  | { kind: "password"; login: Login; iam: Endpoint }
  /** The agency of the ECS this runs on. Another endpoint than the cloud's is for tests, and must be loopback. */
  | { kind: "metadata"; endpoint?: Endpoint };

export type Endpoint = Pick<HuaweiConnection, "host" | "protocol">;

export interface Login {
  user: string;
  password: string;
  /** The account's name. */
  domain: string;
  /** What the token is for. The name of a region's own project is the region. */
  project: { id: string } | { name: string };
}

export type HuaweiService = "dli" | "iam" | "ces" | "cts";

/** Section 14 of the API notes: one region lies under another domain. */
export function publicHost(service: HuaweiService | "obs", regionId: string): string {
  return `${service}.${regionId}.${regionId === "eu-west-101" ? "myhuaweicloud.eu" : "myhuaweicloud.com"}`;
}
