import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { resourceHandlers } from "../../src/sandbox/dli/resources/index.ts";
import { seedResources } from "../../src/sandbox/dli/resources/seed.ts";
import { openResources, type Simulated, shapeProblems } from "./dli-resources.support.ts";
import { endedBatch } from "./dli-resources-batches.support.ts";

test("every simulated operation answers in the shape that its row documents", async () => {
  const resources = openResources();
  const { context, pass } = resources;
  const answered = new Set<Simulated>();
  // The shape is checked on the way.
  const call: typeof resources.call = (name, input) => {
    answered.add(name);
    return resources.call(name, input);
  };

  seedResources(context);
  const pool = { elastic_resource_pool_name: "erp" };
  const tags = [{ key: "env", value: "prod" }];
  await call("CreateElasticResourcePool", { ...pool, min_cu: 64, max_cu: 256, tags, ipv6_enable: true, label: {} });
  pass(1000);
  await call("UpdateElasticResourcePool", { ...pool, description: "shared" });
  await call("CreateQueue", { ...pool, queue_name: "q1", cu_count: 64, labels: ["multi_az=2"], tags });
  await call("UpdateElasticResourcePoolQueue", {
    ...pool,
    queue_name: "q1",
    queue_scaling_policies: [
      { impact_start_time: "00:00", impact_stop_time: "24:00", priority: 1, min_cu: 16, max_cu: 128 },
    ],
  });
  pass(3_600_000);
  await call("ListElasticResourcePools", {});
  pass(1000);
  await call("ListElasticResourcePoolScaleRecords", pool);
  await call("ListElasticResourcePoolQueues", pool);
  await call("CreateQueue", { queue_name: "alone", cu_count: 64 });
  endedBatch("alone", "success", context);
  await call("RunQueueAction", { queue_name: "alone", action: "restart" });
  pass(1000);
  await call("RunQueueAction", { queue_name: "alone", action: "scale_out", cu_count: 16 });
  await call("CreateQueueProperty", { queue_name: "alone", properties: { "job.maxConcurrent": 8 } });
  await call("UpdateQueueProperty", { queue_name: "alone", properties: { "computeEngine.maxInstance": 2 } });
  await call("ListQueueProperties", { queue_name: "alone" });
  await call("DeleteQueueProperty", { queue_name: "alone", keys: ["job.maxConcurrent"] });
  await call("ListQueues", { queue_type: "all" });
  await call("ShowQueue", { queue_name: "alone" });
  await call("ShowQueue", { queue_name: "q1" });
  const { task_id = 0 } = await call("CreateConnectivityTask", { queue_name: "q1", address: "10.0.0.1:80" });
  await call("ShowConnectivityTask", { queue_name: "q1", task_id: String(task_id) });

  const { connection_id = "" } = await call("CreateEnhancedConnection", {
    name: "to_rds",
    dest_vpc_id: "vpc",
    dest_network_id: "net",
    queues: ["q1"],
    hosts: [{ name: "rds-1", ip: "10.0.0.1" }],
  });
  await call("AssociateQueueToEnhancedConnection", { connection_id, elastic_resource_pools: ["erp"] });
  await call("CreateRouteToEnhancedConnection", { connection_id, name: "r1", cidr: "10.0.0.0/8" });
  await call("RunAuthorizationAction", {
    projectId: "fedcba98765432100123456789abcdef",
    action: "grant",
    privileges: [{ object: `edsconnections.${connection_id}`, privileges: ["BIND_QUEUE"] }],
  });
  await call("ShowEnhancedConnectionPrivilege", { connection_id });
  await call("ListAuthorizationPrivileges", { object: `edsconnections.${connection_id}` });
  await call("ListEnhancedConnections", {});
  await call("ShowEnhancedConnection", { connection_id });
  await call("UpdateEnhancedConnection", { connection_id, hosts: [] });
  await call("DisassociateQueueFromEnhancedConnection", { connection_id, queues: ["q1"] });
  await call("DeleteRouteFromEnhancedConnection", { connection_id, name: "r1" });
  pass(1000);
  await call("DeleteEnhancedConnection", { connection_id });

  await call("CreateJobAuthInfo", { auth_info_name: "mysql", datasource_type: "passwd", password: "x", keytab: "k" });
  await call("ListJobAuthInfos", {});
  await call("UpdateJobAuthInfo", { auth_info_name: "mysql", user_name: "u" });
  await call("DeleteJobAuthInfo", { auth_info_name: "mysql" });

  await call("CreateGlobalVariable", { var_name: "day", var_value: "monday" });
  await call("ListGlobalVariables", {});
  await call("UpdateGlobalVariable", { var_name: "day", var_value: "tuesday" });
  await call("DeleteGlobalVariable", { var_name: "day" });

  await call("RunCatalogAction", { action: "bind", name: "lf", parameters: { type: "lakeformation" } });
  await call("DliListCatalogs", {});
  await call("ShowCatalog", { catalog_name: "lf" });
  await call("ShowQuota", {});

  await call("CreateDatabase", { database_name: "sales" });
  const { databases = [] } = await call("ListDatabases", { keyword: "sales" });
  const resource = { resource_type: "dli_database", resource_id: databases[0]?.resource_id ?? "" } as const;
  await call("BatchCreateResourceTags", { ...resource, tags });
  await call("ShowResourceTags", resource);
  await call("ListResourcesTags", resource);
  await call("ListResourcesByTags", resource);
  await call("CountResourcesByTags", resource);
  await call("BatchDeleteResourceTags", { ...resource, tags });
  await call("UpdateDatabaseOwner", { database_name: "sales", new_owner: "ana" });
  await call("DeleteDatabase", { database_name: "sales" });

  await call("ListSqlJobSystemDefendRules", {});
  await call("ShowSqlJobSystemDefendRule", { rule_id: "dynamic_0001" });
  const rule = {
    rule_name: "files",
    rule_id: "dynamic_0001",
    category: "dynamic",
    engine_rules: { hint: 10 },
  } as const;
  await call("CreateSqlJobDefendRule", { ...rule, queue_names: ["q1"] });
  const { rules = [] } = await call("ListSqlJobDefendRules", {});
  const rule_uuid = rules[0]?.rule_uuid ?? "";
  await call("ShowSqlJobDefendRule", { rule_uuid });
  await call("UpdateSqlJobDefendRule", { ...rule, rule_uuid });
  await call("DeleteSqlJobDefendRule", { rule_uuid });

  const strategy = { name: "s", database_name: "d", table_name: "t", rules: [{ column_name: "c", rule_id: "1" }] };
  const { strategy_id = "" } = await call("CreateDataMaskStrategy", strategy);
  await call("ListDataMaskStrategies", {});
  await call("ShowDataMaskStrategy", { strategy_id });
  await call("UpdateDataMaskStrategy", { ...strategy, strategy_id });
  await call("CreateDataMaskStrategyUserAuth", { white_list: [{ strategy_id, user_ids: ["u"] }] });
  await call("ShowDataMaskStrategyUserAuth", { strategy_id });
  await call("DeleteDataMaskStrategy", { strategy_id });

  const { sql_id = "" } = await call("CreateSqlJobTemplate", { sql_name: "daily", sql: "select 1" });
  await call("UpdateSqlJobTemplate", { sql_id, group: "reports" });
  await call("ListSqlJobTemplates", {});
  const body = '{"file":"obs://lake/app.jar","conf":{"spark.app.name":"x"}}';
  const { id: template_id = "" } = await call("CreateSparkJobTemplate", { type: "SPARK", name: "nightly", body });
  await call("ListSparkJobTemplates", { type: "spark" });
  await call("ShowSparkJobTemplate", { template_id });
  await call("UpdateSparkJobTemplate", { template_id, name: "weekly", body });
  await call("BatchDeleteSqlJobTemplates", { sql_ids: [sql_id, template_id] });

  mkdirSync(join(context.storageFolder, "lake"));
  writeFileSync(join(context.storageFolder, "lake", "dep.jar"), "");
  await call("UploadJobResources", { kind: "jar", group: "gatk", paths: ["obs://lake/dep.jar"] });
  await call("ListJobResources", {});
  await call("ShowJobResource", { resource_name: "dep.jar", group: "gatk" });
  await call("UpdateJobResourceOwner", { new_owner: "ana", group_name: "gatk", resource_name: "dep.jar" });
  await call("DeleteJobResource", { resource_name: "dep.jar", group: "gatk" });

  await call("CreateQueue", { queue_name: "small", cu_count: 16 });
  await call("AssociateQueueToElasticResourcePool", { ...pool, queue_name: "small" });
  await call("DeleteQueue", { queue_name: "small" });
  await call("DeleteQueue", { queue_name: "alone" });
  await call("DeleteQueue", { queue_name: "q1" });
  await call("ListElasticResourcePools", {});
  pass(1000);
  await call("DeleteElasticResourcePool", pool);

  expect([...answered].sort()).toEqual(Object.keys(resourceHandlers).sort());
});

test("a field that is not documented, or of another type, is noticed", () => {
  const shape = { type: "object", properties: { count: { type: "integer" } } } as const;
  expect(shapeProblems(shape, { count: 1 }, "body")).toEqual([]);
  expect(shapeProblems(shape, { count: 1, extra: 1 }, "body")).toEqual(["body.extra is not documented"]);
  expect(shapeProblems(shape, { count: "1" }, "body")).toEqual(["body.count is no whole number"]);
});
