/** The policy's files in the folder `policies` of the package. Reading them is the caller's business. */
export const policyFileNames = {
  rules: ["emr-serverless-spark.yaml", "object-storage.yaml", "kyuubi-sql.yaml"],
  limits: "limits.yaml",
} as const;
