import {
  type DliWorld,
  generalQueue,
  member,
  newConnection,
  newDatabase,
  newPackage,
  newRoute,
  pool,
  resourceId,
  sqlQueue,
  tags,
} from "./sandbox-dli-all.support.ts";

/** A good request to each operation on resources that the sandbox answers, and what its answer must hold. */

type Input = Record<string, unknown>;

export interface GoodDliCall {
  /** Makes what the request needs, and the request. */
  request: (world: DliWorld) => Input | Promise<Input>;
  /** Dotted paths that the answer must hold, `[]` for every element of a list that is not empty. */
  tells: readonly string[];
}

const queue = () => ({ queue_name: sqlQueue });
const inPool = () => ({ elastic_resource_pool_name: pool });
const emptyPool = { elastic_resource_pool_name: "spare", min_cu: 64, max_cu: 96 };
const loneQueue = { queue_name: "lone", queue_type: "sql", cu_count: 16 };
const success = ["is_success"];

const authInfo = { auth_info_name: "rds_auth", datasource_type: "passwd", user_name: "root" };
const rule = { rule_name: "no_scan", rule_id: "static_0001", category: "static", engine_rules: { spark: {} } };
const strategy = {
  name: "phones",
  database_name: "sales",
  table_name: "customers",
  rules: [{ column_name: "phone", rule_id: "mask_all" }],
};
const sparkTemplate = { type: "SPARK", name: "nightly", body: '{"file":"obs://sandbox/a.jar","className":"a.B"}' };
const tagged = async (world: DliWorld) => {
  const resource = { resource_type: "dli_queue", resource_id: await resourceId(world) };
  await world.call("BatchCreateResourceTags", { ...resource, tags });
  return resource;
};
const newRule = async (world: DliWorld) => {
  await world.ask("CreateSqlJobDefendRule", rule);
  return member(world.ask("ListSqlJobDefendRules"), "rules.0.rule_uuid");
};
const newStrategy = async ({ ask }: DliWorld) => ({
  strategy_id: await member(ask("CreateDataMaskStrategy", strategy), "strategy_id"),
});
const newSparkTemplate = async ({ ask }: DliWorld) => ({
  template_id: await member(ask("CreateSparkJobTemplate", sparkTemplate), "id"),
});
const newSqlTemplate = async ({ ask }: DliWorld) =>
  member(ask("CreateSqlJobTemplate", { sql: "SELECT 1", sql_name: "one" }), "sql_id");
const listed = (list: string, ...names: string[]) => names.map((name) => `${list}[].${name}`);

/** Something made first, and then a request that does not name it. */
const after =
  (operation: string, made: Input, request: Input = {}) =>
  async ({ ask }: DliWorld) => {
    await ask(operation, made);
    return request;
  };

export const goodResourceCalls = {
  ListElasticResourcePools: {
    request: () => ({ limit: 10 }),
    tells: [
      "count",
      ...listed("elastic_resource_pools", "elastic_resource_pool_name", "status", "actual_cu", "queues[]"),
    ],
  },
  CreateElasticResourcePool: {
    request: () => ({ ...emptyPool, description: "", tags }),
    tells: ["elastic_resource_pool_name"],
  },
  UpdateElasticResourcePool: { request: () => ({ ...inPool(), max_cu: 128, description: "larger" }), tells: success },
  DeleteElasticResourcePool: {
    request: after("CreateElasticResourcePool", emptyPool, { elastic_resource_pool_name: "spare" }),
    tells: success,
  },
  AssociateQueueToElasticResourcePool: {
    request: after("CreateQueue", loneQueue, { ...inPool(), queue_name: "lone" }),
    tells: success,
  },
  ListElasticResourcePoolQueues: {
    request: inPool,
    tells: ["count", ...listed("queues", "queue_name", "queue_type", "queue_scaling_policies[].max_cu")],
  },
  UpdateElasticResourcePoolQueue: {
    request: () => ({
      ...inPool(),
      ...queue(),
      queue_scaling_policies: [
        { impact_start_time: "00:00", impact_stop_time: "24:00", priority: 1, min_cu: 16, max_cu: 32 },
      ],
    }),
    tells: success,
  },
  ListElasticResourcePoolScaleRecords: {
    request: after("UpdateElasticResourcePool", { ...inPool(), max_cu: 128 }, inPool()),
    tells: listed("items", "origin_cu", "target_cu", "status"),
  },
  ListQueues: {
    request: () => ({ queue_type: "all" }),
    tells: listed("queues", "queue_name", "queue_type", "cu_count", "resource_id"),
  },
  ShowQueue: { request: queue, tells: ["queueName", "queueType", "cuCount", "resource_id"] },
  CreateQueue: {
    request: () => ({ ...inPool(), queue_name: "extra", queue_type: "general", cu_count: 16 }),
    tells: ["queue_name"],
  },
  DeleteQueue: { request: queue, tells: success },
  RunQueueAction: {
    request: async (world) => {
      await world.ask("CreateQueue", { ...loneQueue, cu_count: 64 });
      await world.ask("CreateSqlJob", { sql: "SHOW TABLES", queue_name: "lone" });
      return { queue_name: "lone", action: "scale_out", cu_count: 16 };
    },
    tells: ["queue_name", "result"],
  },
  ListQueueProperties: {
    request: after("CreateQueueProperty", { ...queue(), properties: { "job.maxConcurrent": 8 } }, queue()),
    tells: listed("properties", "key", "value"),
  },
  CreateQueueProperty: { request: () => ({ ...queue(), properties: { "job.maxConcurrent": 8 } }), tells: success },
  UpdateQueueProperty: { request: () => ({ ...queue(), properties: { "job.maxConcurrent": 9 } }), tells: success },
  DeleteQueueProperty: { request: () => ({ ...queue(), keys: ["job.maxConcurrent"] }), tells: success },
  CreateConnectivityTask: { request: () => ({ ...queue(), address: "127.0.0.1:1" }), tells: ["task_id"] },
  ShowConnectivityTask: {
    request: async ({ ask }) => ({
      ...queue(),
      task_id: await member(ask("CreateConnectivityTask", { ...queue(), address: "127.0.0.1:1" }), "task_id"),
    }),
    tells: ["connectivity"],
  },
  ListEnhancedConnections: {
    request: async (world) => {
      await newConnection(world);
      return { limit: 10 };
    },
    tells: ["count", ...listed("connections", "id", "name", "status", "available_queue_info[].name")],
  },
  ShowEnhancedConnection: {
    request: async (world) => ({ connection_id: await newConnection(world) }),
    tells: ["id", "name", "status", "dest_vpc_id"],
  },
  CreateEnhancedConnection: {
    request: () => ({ name: "rds", dest_vpc_id: "vpc-1", dest_network_id: "net-1", queues: [generalQueue] }),
    tells: ["connection_id"],
  },
  UpdateEnhancedConnection: {
    request: async (world) => ({
      connection_id: await newConnection(world),
      hosts: [{ name: "db1", ip: "192.168.0.4" }],
    }),
    tells: success,
  },
  DeleteEnhancedConnection: {
    request: async (world) => ({ connection_id: await newConnection(world) }),
    tells: success,
  },
  AssociateQueueToEnhancedConnection: {
    request: async (world) => ({ connection_id: await newConnection(world), queues: [sqlQueue] }),
    tells: success,
  },
  DisassociateQueueFromEnhancedConnection: {
    request: async (world) => ({ connection_id: await newConnection(world), queues: [generalQueue] }),
    tells: success,
  },
  CreateRouteToEnhancedConnection: {
    request: async (world) => ({ connection_id: await newConnection(world), name: "to_rds", cidr: "192.168.0.0/24" }),
    tells: success,
  },
  DeleteRouteFromEnhancedConnection: {
    request: async (world) => ({ connection_id: await newRoute(world), name: "to_rds" }),
    tells: success,
  },
  ShowEnhancedConnectionPrivilege: {
    request: async (world) => {
      const connection_id = await newConnection(world);
      await world.ask("RunAuthorizationAction", {
        projectId: "f".repeat(32),
        action: "grant",
        privileges: [{ object: `edsconnections.${connection_id}`, privileges: ["BIND_QUEUE"] }],
      });
      return { connection_id };
    },
    tells: ["connection_id", ...listed("privileges", "object", "applicant_project_id", "privileges[]")],
  },
  ListJobAuthInfos: {
    request: after("CreateJobAuthInfo", { ...authInfo, password: "p-1" }, { limit: 10 }),
    tells: ["count", ...listed("auth_infos", "auth_info_name", "datasource_type", "user_name")],
  },
  CreateJobAuthInfo: { request: () => ({ ...authInfo, password: "p-1" }), tells: success },
  UpdateJobAuthInfo: {
    request: after("CreateJobAuthInfo", authInfo, { auth_info_name: "rds_auth", user_name: "reader" }),
    tells: success,
  },
  DeleteJobAuthInfo: { request: after("CreateJobAuthInfo", authInfo, { auth_info_name: "rds_auth" }), tells: success },
  ListGlobalVariables: {
    request: after("CreateGlobalVariable", { var_name: "day", var_value: "2026" }),
    tells: ["count", ...listed("global_vars", "var_name", "var_value")],
  },
  CreateGlobalVariable: { request: () => ({ var_name: "day", var_value: "2026", is_sensitive: true }), tells: success },
  UpdateGlobalVariable: {
    request: after("CreateGlobalVariable", { var_name: "day", var_value: "1" }, { var_name: "day", var_value: "2" }),
    tells: success,
  },
  DeleteGlobalVariable: {
    request: after("CreateGlobalVariable", { var_name: "day", var_value: "1" }, { var_name: "day" }),
    tells: success,
  },
  DliListCatalogs: {
    request: after("RunCatalogAction", { action: "bind", name: "lake", parameters: { type: "lakeformation" } }),
    tells: ["total_count", ...listed("catalogs", "name", "status")],
  },
  ShowCatalog: {
    request: after(
      "RunCatalogAction",
      { action: "bind", name: "lake", parameters: { type: "lakeformation" } },
      { catalog_name: "lake" },
    ),
    tells: ["name", "status"],
  },
  RunCatalogAction: { request: () => ({ action: "bind", name: "lake", parameters: {} }), tells: ["message"] },
  ShowQuota: { request: () => ({}), tells: listed("quotas.resources", "type", "quota", "used") },
  BatchCreateResourceTags: {
    request: async (world) => ({ resource_type: "dli_queue", resource_id: await resourceId(world), tags }),
    tells: [],
  },
  BatchDeleteResourceTags: { request: async (world) => ({ ...(await tagged(world)), tags }), tells: [] },
  ShowResourceTags: { request: tagged, tells: ["count", ...listed("tags", "key", "value")] },
  ListResourcesTags: {
    request: async (world) => ({ resource_type: (await tagged(world)).resource_type }),
    tells: listed("tags", "key", "values[]"),
  },
  ListResourcesByTags: {
    request: async (world) => {
      await tagged(world);
      return { resource_type: "dli_queue", tags: [{ key: "team", values: ["etl"] }] };
    },
    tells: ["total_count", ...listed("resources", "resource_id", "resource_name")],
  },
  CountResourcesByTags: { request: () => ({ resource_type: "dli_queue" }), tells: ["total_count"] },
  RunAuthorizationAction: {
    request: () => ({
      user_name: "reader",
      action: "grant",
      privileges: [{ object: `queues.${sqlQueue}`, privileges: ["SUBMIT_JOB"] }],
    }),
    tells: success,
  },
  ListAuthorizationPrivileges: {
    request: () => ({ object: `queues.${sqlQueue}` }),
    tells: ["object_name", "object_type", ...listed("privileges", "user_name", "privileges[]")],
  },
  ListSqlJobSystemDefendRules: {
    request: () => ({}),
    tells: ["total_count", ...listed("rules", "rule_id", "category")],
  },
  ShowSqlJobSystemDefendRule: { request: () => ({ rule_id: "dynamic_0001" }), tells: ["rule_id", "category", "param"] },
  ListSqlJobDefendRules: {
    request: after("CreateSqlJobDefendRule", rule),
    tells: ["total_count", ...listed("rules", "rule_uuid", "rule_name")],
  },
  ShowSqlJobDefendRule: {
    request: async (world) => ({ rule_uuid: await newRule(world) }),
    tells: ["rule_uuid", "rule_id"],
  },
  CreateSqlJobDefendRule: { request: () => ({ ...rule, queue_names: [sqlQueue] }), tells: success },
  UpdateSqlJobDefendRule: {
    request: async (world) => ({ ...rule, rule_uuid: await newRule(world), rule_name: "renamed" }),
    tells: success,
  },
  DeleteSqlJobDefendRule: { request: async (world) => ({ rule_uuid: await newRule(world) }), tells: success },
  ListDataMaskStrategies: {
    request: after("CreateDataMaskStrategy", strategy),
    tells: listed("strategies", "strategy_id", "name", "rules[].column_name"),
  },
  ShowDataMaskStrategy: { request: newStrategy, tells: ["strategy_id", "name", "rules[].rule_id"] },
  CreateDataMaskStrategy: { request: () => strategy, tells: ["name", "strategy_id"] },
  UpdateDataMaskStrategy: {
    request: async (world) => ({ ...strategy, ...(await newStrategy(world)), name: "numbers" }),
    tells: success,
  },
  DeleteDataMaskStrategy: { request: newStrategy, tells: success },
  ShowDataMaskStrategyUserAuth: { request: newStrategy, tells: ["strategy_id", "users"] },
  CreateDataMaskStrategyUserAuth: {
    request: async (world) => ({ white_list: [{ ...(await newStrategy(world)), user_ids: ["u-1"] }] }),
    tells: success,
  },
  ListSqlJobTemplates: {
    request: after("CreateSqlJobTemplate", { sql: "SELECT 1", sql_name: "one" }),
    tells: ["sql_count", ...listed("sqls", "sql_id", "sql_name", "sql")],
  },
  CreateSqlJobTemplate: { request: () => ({ sql: "SELECT 1", sql_name: "one", group: "etl" }), tells: ["sql_id"] },
  UpdateSqlJobTemplate: {
    request: async (world) => ({ sql_id: await newSqlTemplate(world), sql: "SELECT 2" }),
    tells: success,
  },
  BatchDeleteSqlJobTemplates: {
    request: async (world) => ({ sql_ids: [await newSqlTemplate(world)] }),
    tells: success,
  },
  ListSparkJobTemplates: {
    request: after("CreateSparkJobTemplate", sparkTemplate, { type: "spark" }),
    tells: ["count", ...listed("templates", "id", "name", "body.file")],
  },
  ShowSparkJobTemplate: { request: newSparkTemplate, tells: ["id", "name", "body.className"] },
  CreateSparkJobTemplate: { request: () => sparkTemplate, tells: ["id"] },
  UpdateSparkJobTemplate: {
    request: async (world) => ({ ...(await newSparkTemplate(world)), name: "weekly", body: "{}" }),
    tells: [],
  },
  UploadJobResources: {
    request: ({ file }) => ({ paths: [file("lib/dep.jar")], kind: "jar", group: "libs" }),
    tells: ["group_name", "status", "resources[]", "details[].resource_name"],
  },
  ListJobResources: {
    request: async (world) => {
      await newPackage(world);
      return { kind: "jar" };
    },
    tells: ["total", ...listed("resources", "resource_name", "status"), ...listed("groups", "group_name")],
  },
  ShowJobResource: {
    request: async (world) => ({ resource_name: await newPackage(world), group: "libs" }),
    tells: ["resource_name", "status"],
  },
  DeleteJobResource: {
    request: async (world) => ({ resource_name: await newPackage(world), group: "libs" }),
    tells: [],
  },
  UpdateJobResourceOwner: {
    request: async (world) => ({ resource_name: await newPackage(world), group_name: "libs", new_owner: "reader" }),
    tells: success,
  },
  ListDatabases: {
    request: async (world) => ({ keyword: await newDatabase(world) }),
    tells: ["database_count", ...listed("databases", "database_name", "owner")],
  },
  CreateDatabase: { request: () => ({ database_name: "sales" }), tells: success },
  DeleteDatabase: { request: async (world) => ({ database_name: await newDatabase(world) }), tells: success },
  UpdateDatabaseOwner: {
    request: async (world) => ({ database_name: await newDatabase(world), new_owner: "reader" }),
    tells: success,
  },
} satisfies Record<string, GoodDliCall>;
