/**
 * The policy's files in the folder `policies` of the package, by the cloud that a profile speaks to: reading those of
 * both would take twice as long, and without a rule nothing of the other is sent. Reading is the caller's business.
 */
export const policyFileNames = {
  emr: ["emr-serverless-spark.yaml", "object-storage.yaml", "kyuubi-sql.yaml"],
  dli: ["huawei-dli.yaml", "obs-storage.yaml"],
  limits: "limits.yaml",
} as const;
