/** How to reach a service of Alibaba Cloud, and as whom. Holds secrets: never logged, never part of an answer. */
export interface AlibabaConnection {
  /** Host, with port when it is not the scheme's own. */
  host: string;
  protocol: "https" | "http";
  credentials:
    | { kind: "pair"; accessKeyId: string; accessKeySecret: string; securityToken?: string }
    /** The official chain: environment, OIDC, CLI configuration, instance metadata. */
    | { kind: "chain" };
}

export function publicHost(regionId: string): string {
  return `emr-serverless-spark.${regionId}.aliyuncs.com`;
}

/** STS has a host for each region, and another for callers within a VPC. */
export function stsHost(regionId: string, withinVpc: boolean): string {
  return `${withinVpc ? "sts-vpc" : "sts"}.${regionId}.aliyuncs.com`;
}
