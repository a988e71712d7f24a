/**
 * The policy's files in the folder `policies` of the package. Reading them is the caller's business. A cloud that no
 * profile speaks to has its rules apart: reading them takes as long again, and without a rule nothing of it is sent.
 */
export const policyFileNames = {
  rules: ["emr-serverless-spark.yaml", "object-storage.yaml", "kyuubi-sql.yaml"],
  dli: ["huawei-dli.yaml"],
  limits: "limits.yaml",
} as const;
