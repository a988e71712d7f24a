import type { GrammarName, OperationRow, Parameter, Service, Shape } from "../src/operations/types.ts";

/** Where the registry says more than the DLI catalogue, or something else; docs/decisions/0010 gives the reasons. */

/** Names that another cloud's operations have already. */
export const renamed: Readonly<Record<string, string>> = {
  ListCatalogs: "DliListCatalogs",
};

export const hosts: Readonly<Record<Exclude<Service, "obs">, string>> = {
  dli: "dli.{region}.myhuaweicloud.com",
  iam: "iam.{region}.myhuaweicloud.com",
  ces: "ces.{region}.myhuaweicloud.com",
  cts: "cts.{region}.myhuaweicloud.com",
};

const poolPolicies = ["UpdateElasticResourcePoolQueue"];
const grants = ["RunAuthorizationAction"];
const grantLists = ["ListAuthorizationPrivileges"];
const sql = ["CreateSqlJob"];
const batches = ["CreateSparkJob", "CreateSqlJob"];
const storage = ["ObsPutObject"];

/** What does the same today as a deprecated or historical operation. One that is not here has no other public way. */
export const replacedBy: Readonly<Record<string, readonly string[]>> = {
  UpdateQueueCidr: ["UpdateQueueProperty"],
  BatchDeleteQueuePlans: poolPolicies,
  CreateQueuePlan: poolPolicies,
  DeleteQueuePlan: poolPolicies,
  UpdateQueuePlan: poolPolicies,
  ListQueuePlans: ["ListElasticResourcePoolQueues"],
  CreateSession: batches,
  CreateSessionStatement: sql,
  CancelSessionStatement: ["CancelSqlJob"],
  DeleteSession: ["CancelSparkJob"],
  ListSessions: ["ListSparkJobs"],
  ListSessionStatements: ["ListSqlJobs"],
  ShowSession: ["ShowSparkJob"],
  ShowSessionLog: ["ShowSparkJobLog"],
  ShowSessionState: ["ShowSparkJobStatus"],
  ShowSessionStatement: ["ShowSqlJobStatus"],
  RegisterBucket: ["CreateAgency"],
  ShowFlinkMetric: ["ShowMetricData", "BatchListMetricData"],
  ShowFlinkJobApigSinks: ["ShowFlinkJob"],
  CreateIefMessageChannel: ["CreateFlinkSqlJob"],
  CreateIefSystemEvents: ["CreateFlinkSqlJob"],
  RunIefJobActionCallBack: ["CreateFlinkSqlJob"],
  UpdateFlinkJobStatusReport: ["CreateFlinkSqlJob"],
  ExportTable: ["CreateSqlJob", "ExportSqlJobResult"],
  ImportTable: sql,
  ShowSqlJobResultPaged: ["PreviewSqlJobResult", "ExportSqlJobResult"],
  UploadFileJobResources: storage,
  UploadJarJobResources: storage,
  UploadJobResources: storage,
  UploadPythonFileJobResources: storage,
  CreateDatabase: sql,
  DeleteDatabase: sql,
  CreateTable: sql,
  DeleteTable: sql,
  CreateEnhancedConnectionRoutes: ["CreateRouteToEnhancedConnection"],
  DeleteEnhancedConnectionRoutes: ["DeleteRouteFromEnhancedConnection"],
  CreateDatasourceConnection: ["CreateEnhancedConnection"],
  CreateAuthInfo: ["CreateJobAuthInfo"],
  DeleteAuthInfo: ["DeleteJobAuthInfo"],
  ListAuthInfo: ["ListJobAuthInfos"],
  UpdateAuthInfo: ["UpdateJobAuthInfo"],
  ListDatabaseUsers: grantLists,
  ListQueueUsers: grantLists,
  ListTablePrivileges: grantLists,
  ListTableUsers: grantLists,
  RegisterAuthorizedQueue: grants,
  RunDataAuthorizationAction: grants,
  CreateDliAgency: ["CreateAgency"],
  ShowDliAgency: ["ListAgencies"],
};

/** The rule's UUID stands in the path, the id of the system rule that it sets up in the body, both as `rule_id`. */
const ruleUuid: ReadonlySet<string> = new Set([
  "DeleteSqlJobDefendRule",
  "ShowSqlJobDefendRule",
  "UpdateSqlJobDefendRule",
]);

export function nameOfPathParameter(operation: string, name: string): string {
  return name === "rule_id" && ruleUuid.has(operation) ? "rule_uuid" : name;
}

/** A second spelling of `queue`: what is not offered cannot differ from the queue that was looked at. */
export function isOffered(operation: string, name: string): boolean {
  return !(operation === "CreateSparkJob" && name === "cluster_name");
}

/** The service refuses a call without them, or nobody could tell where it would run. */
export const neededInPractice: Readonly<Record<string, readonly string[]>> = {
  CreateSparkJob: ["queue"],
  CreateSqlJob: ["queue_name"],
  ListSparkJobTemplates: ["type"],
};

/** Submissions whose names need not be unique: the key makes one of them findable (section 4 of the API notes). */
export const runKeys: Readonly<Record<string, NonNullable<OperationRow["runKey"]>>> = {
  CreateSparkJob: { member: "name", form: "suffix" },
  CreateSqlJob: { member: "tags", form: "tag" },
};

/** Each is looked at before a person is asked, so a list has an end. */
const mostAtOnce = 20;
/** Section 9 of the API notes; of a submission the key takes one. */
const mostTags = 20;
const countedLists: ReadonlySet<string> = new Set(["job_ids", "sql_ids"]);

export function boundsOf(
  operation: string,
  parameter: Parameter,
  readOnly: boolean,
): Pick<Shape, "minItems" | "maxItems"> {
  if (parameter.name === runKeys[operation]?.member && parameter.type === "array") return { maxItems: mostTags - 1 };
  return countedLists.has(parameter.name) && !readOnly ? { minItems: 1, maxItems: mostAtOnce } : {};
}

const dliNames: ReadonlySet<string> = new Set([
  "queue_name",
  "queue-name",
  "queue",
  "elastic_resource_pool_name",
  "database_name",
  "table_name",
  "catalog_name",
  "auth_info_name",
  "var_name",
]);

/** Every path parameter has a grammar; so has every name or id that travels in a query or body. */
export function grammarOf(operation: string, group: string, { name, in: place, type }: Parameter) {
  const known = knownGrammar(operation, group, name, type);
  if (known) return known;
  return place === "path" ? ("id" as const) : undefined;
}

function knownGrammar(operation: string, group: string, name: string, type: Shape["type"]): GrammarName | undefined {
  if (name === "project_id") return "projectId";
  if (type === "integer") return name.endsWith("_id") ? "numericId" : undefined;
  if (type !== "string") return undefined;
  if (dliNames.has(name)) return "dliName";
  if (name === "name" && runKeys[operation]?.form === "suffix") return "keyedName";
  if (name === "name" && /^(Create|Update)Flink(Jar|Sql)Job$/.test(operation)) return "flinkName";
  if (name === "resource_name" && group === "packages") return "packageName";
  if (name === "batch_id" || name === "connection_id") return "uuid";
  if (name === "job_id" && group === "sql-jobs") return "uuid";
  if (name === "template_id" && group === "spark-templates") return "uuid";
  return undefined;
}
