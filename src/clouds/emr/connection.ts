/** How to reach EMR Serverless Spark. Holds secrets: never logged, never part of an answer. */
export interface EmrConnection {
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
