import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findPackage, packagesIn } from "../../src/sandbox/dli/resources/package-store.ts";
import { seedResources } from "../../src/sandbox/dli/resources/seed.ts";
import { variableValue } from "../../src/sandbox/dli/resources/variables.ts";
import { openResources } from "./dli-resources.support.ts";

function open() {
  const resources = openResources();
  seedResources(resources.context);
  return resources;
}

test("a sensitive variable is not shown, and jobs get it", async () => {
  const { call, context } = open();
  await call("CreateGlobalVariable", { var_name: "pw", var_value: "s3cret", is_sensitive: true });
  await call("CreateGlobalVariable", { var_name: "day", var_value: "monday" });
  const { global_vars: found, count } = await call("ListGlobalVariables", {});
  expect(count).toBe(2);
  expect(found?.map(({ var_name, var_value }) => [var_name, var_value])).toEqual([
    ["day", "monday"],
    ["pw", "******"],
  ]);
  expect(variableValue("pw", context)).toBe("s3cret");
});

test("a variable is changed and deleted by its name", async () => {
  const { call, refused, context } = open();
  await call("CreateGlobalVariable", { var_name: "day", var_value: "monday" });
  expect(await refused("CreateGlobalVariable", { var_name: "day", var_value: "x" })).toContain("DLI.0006");
  await call("UpdateGlobalVariable", { var_name: "day", var_value: "tuesday" });
  expect(variableValue("day", context)).toBe("tuesday");
  await call("DeleteGlobalVariable", { var_name: "day" });
  expect(await refused("DeleteGlobalVariable", { var_name: "day" })).toContain("DLI.0002");
});

test("no secret of an authentication is kept", async () => {
  const { call, context } = open();
  const secret = { password: "s3cret", key_password: "s3cret", truststore_password: "s3cret" };
  const info = { auth_info_name: "mysql", datasource_type: "passwd", user_name: "admin", ...secret } as const;
  await call("CreateJobAuthInfo", info);
  const { auth_infos: found } = await call("ListJobAuthInfos", {});
  expect(found).toMatchObject([{ auth_info_name: "mysql", user_name: "admin", owner: "testuser" }]);
  expect(JSON.stringify(context.store.all("dliAuthInfo"))).not.toContain("s3cret");
});

test("an authentication is changed and deleted by its name", async () => {
  const { call, refused } = open();
  await call("CreateJobAuthInfo", { auth_info_name: "mysql", datasource_type: "passwd", user_name: "admin" });
  expect(await refused("CreateJobAuthInfo", { auth_info_name: "mysql", datasource_type: "KRB" })).toContain("DLI.0006");
  await call("UpdateJobAuthInfo", { auth_info_name: "mysql", user_name: "reader" });
  expect((await call("ListJobAuthInfos", { auth_info_name: "mysql" })).auth_infos).toMatchObject([
    { user_name: "reader", datasource_type: "passwd" },
  ]);
  await call("DeleteJobAuthInfo", { auth_info_name: "mysql" });
  expect(await refused("UpdateJobAuthInfo", { auth_info_name: "mysql" })).toContain("DLI.0002");
});

test("a catalog is CREATING and then ACTIVE until it is unbound", async () => {
  const { call, refused, pass } = open();
  const bind = { action: "bind", name: "lf_sales", parameters: { type: "lakeformation" } } as const;
  await call("RunCatalogAction", bind);
  expect(await refused("RunCatalogAction", bind)).toContain("DLI.0006");
  expect(await call("ShowCatalog", { catalog_name: "lf_sales" })).toMatchObject({ status: "CREATING" });
  pass(500);
  expect((await call("DliListCatalogs", {})).catalogs).toMatchObject([{ name: "lf_sales", status: "ACTIVE" }]);
  await call("RunCatalogAction", { ...bind, action: "unbind" });
  expect(await refused("ShowCatalog", { catalog_name: "lf_sales" })).toContain("DLI.0002");
});

test("quotas tell what is used", async () => {
  const { call } = open();
  const { quotas } = await call("ShowQuota", {});
  const used = Object.fromEntries((quotas?.resources ?? []).map((quota) => [quota.type, quota.used]));
  expect(used).toMatchObject({ CU: 64, QUEUE: 2, ELASTIC_RESOURCE_POOL: 1 });
});

test("tags are added, replaced by key, found and removed", async () => {
  const { call, refused } = open();
  const [queue] = (await call("ListQueues", {})).queues ?? [];
  const resource = { resource_type: "dli_queue", resource_id: queue?.resource_id ?? "" } as const;
  await call("BatchCreateResourceTags", { ...resource, tags: [{ key: "env", value: "dev" }] });
  await call("BatchCreateResourceTags", {
    ...resource,
    tags: [
      { key: "env", value: "prod" },
      { key: "team", value: "bi" },
    ],
  });
  expect((await call("ShowResourceTags", resource)).tags).toEqual([
    { key: "env", value: "prod" },
    { key: "team", value: "bi" },
  ]);
  const wanted = { resource_type: "dli_queue", tags: [{ key: "env", values: ["prod"] }] } as const;
  expect(await call("ListResourcesByTags", wanted)).toMatchObject({
    total_count: 1,
    resources: [{ resource_name: "sandbox_sql" }],
  });
  expect((await call("CountResourcesByTags", { ...wanted, tags: [{ key: "env", values: ["dev"] }] })).total_count).toBe(
    0,
  );
  expect((await call("CountResourcesByTags", { resource_type: "dli_queue", without_any_tag: true })).total_count).toBe(
    1,
  );
  expect((await call("ListQueues", { tags: "env=prod,team=bi" })).queues).toHaveLength(1);
  expect((await call("ListQueues", { tags: "env=dev" })).queues).toHaveLength(0);
  expect((await call("ListResourcesTags", { resource_type: "dli_queue" })).tags).toEqual([
    { key: "env", values: ["prod"] },
    { key: "team", values: ["bi"] },
  ]);
  await call("BatchDeleteResourceTags", { ...resource, tags: [{ key: "env", value: "prod" }] });
  expect((await call("ShowResourceTags", resource)).count).toBe(1);
  expect(await refused("ShowResourceTags", { ...resource, resource_id: "nobody" })).toContain("DLI.0002");
});

test("a resource has at most 20 tags", async () => {
  const { call, refused } = open();
  const [queue] = (await call("ListQueues", {})).queues ?? [];
  const resource = { resource_type: "dli_queue", resource_id: queue?.resource_id ?? "" } as const;
  const tags = Array.from({ length: 20 }, (_, at) => ({ key: `k${at}`, value: "v" }));
  await call("BatchCreateResourceTags", { ...resource, tags });
  expect(await refused("BatchCreateResourceTags", { ...resource, tags: [{ key: "one", value: "more" }] })).toContain(
    "DLI.0009",
  );
});

test("privileges are granted, taken away and replaced", async () => {
  const { call } = open();
  const change = (action: "grant" | "revoke" | "update", ...privileges: string[]) =>
    call("RunAuthorizationAction", {
      user_name: "ana",
      action,
      privileges: [{ object: "queues.Sandbox_SQL", privileges }],
    });
  const ofAna = async () =>
    (await call("ListAuthorizationPrivileges", { object: "queues.sandbox_sql" })).privileges?.find(
      (entry) => entry.user_name === "ana",
    )?.privileges;
  await change("grant", "SUBMIT_JOB", "CANCEL_JOB");
  await change("revoke", "CANCEL_JOB");
  expect(await ofAna()).toEqual(["SUBMIT_JOB"]);
  await change("update", "RESTART");
  expect(await ofAna()).toEqual(["RESTART"]);
  await change("update");
  expect(await ofAna()).toBeUndefined();
});

test("the owner of an object is its administrator", async () => {
  const { call } = open();
  expect(await call("ListAuthorizationPrivileges", { object: "queues.sandbox_sql" })).toMatchObject({
    object_name: "sandbox_sql",
    object_type: "queues",
    count: 1,
    privileges: [{ user_name: "testuser", is_admin: true }],
  });
});

test.each([
  ["nobody to get it", {}, "DLI.0001"],
  ["both a user and a project", { user_name: "ana", projectId: "p" }, "DLI.0001"],
  ["an object of no known form", { user_name: "ana", privileges: [{ object: "q1", privileges: [] }] }, "DLI.0001"],
  ["a queue that is not there", { user_name: "ana", privileges: [{ object: "queues.q", privileges: [] }] }, "DLI.0002"],
  [
    "a privilege that queues have not",
    { user_name: "ana", privileges: [{ object: "queues.sandbox_sql", privileges: ["SELECT"] }] },
    "DLI.0001",
  ],
])("a grant is refused with %s", async (_case, fields, code) => {
  const { refused } = open();
  const privileges = [{ object: "queues.sandbox_sql", privileges: ["SUBMIT_JOB"] }];
  expect(await refused("RunAuthorizationAction", { action: "grant", privileges, ...fields })).toContain(code);
});

test("an inspection rule is of its category, its queues are there and its name is its own", async () => {
  const { call, refused } = open();
  const rule = {
    rule_name: "files",
    rule_id: "dynamic_0001",
    category: "dynamic",
    engine_rules: { hint: 10 },
  } as const;
  expect(await refused("CreateSqlJobDefendRule", { ...rule, category: "static" })).toContain("DLI.0001");
  expect(await refused("CreateSqlJobDefendRule", { ...rule, queue_names: ["nobody"] })).toContain("DLI.0002");
  await call("CreateSqlJobDefendRule", { ...rule, queue_names: ["sandbox_sql"] });
  expect(await refused("CreateSqlJobDefendRule", rule)).toContain("DLI.0006");
  expect(await call("ListSqlJobDefendRules", { queue_name: "sandbox_sql" })).toMatchObject({
    total_count: 1,
    rules: [{ rule_name: "files", engine_rules: { hint: 10 }, queue_names: ["sandbox_sql"] }],
  });
  expect((await call("ListSqlJobDefendRules", { queue_name: "sandbox_general" })).total_count).toBe(0);
});

test("SQL templates have names of their own; both kinds are deleted by one call", async () => {
  const { call, refused } = open();
  const { sql_id = "" } = await call("CreateSqlJobTemplate", { sql_name: "daily", sql: "select 1" });
  expect(await refused("CreateSqlJobTemplate", { sql_name: "daily", sql: "select 2" })).toContain("DLI.0006");
  const body = '{"file":"obs://lake/app.jar"}';
  const { id = "" } = await call("CreateSparkJobTemplate", { type: "SPARK", name: "nightly", body });
  expect((await call("ShowSparkJobTemplate", { template_id: id })).body).toEqual({ file: "obs://lake/app.jar" });
  expect(await refused("ShowSparkJobTemplate", { template_id: sql_id })).toContain("DLI.0002");
  await call("BatchDeleteSqlJobTemplates", { sql_ids: [sql_id, id] });
  expect((await call("ListSqlJobTemplates", {})).sql_count).toBe(0);
  expect((await call("ListSparkJobTemplates", { type: "spark" })).count).toBe(0);
});

test("no template is deleted where one of them is not there", async () => {
  const { call, refused } = open();
  const { sql_id = "" } = await call("CreateSqlJobTemplate", { sql_name: "daily", sql: "select 1" });
  expect(await refused("BatchDeleteSqlJobTemplates", { sql_ids: [sql_id, "nobody"] })).toContain("DLI.0002");
  expect((await call("ListSqlJobTemplates", { keyword: "dai" })).sql_count).toBe(1);
});

test("a Spark template's body has to be JSON", async () => {
  const { refused } = open();
  expect(await refused("CreateSparkJobTemplate", { type: "SPARK", name: "n", body: "file" })).toContain("DLI.0001");
});

test("a package is a file of the storage, and replaces one of its name in the group", async () => {
  const { call, refused, context } = open();
  mkdirSync(join(context.storageFolder, "lake", "new"), { recursive: true });
  for (const path of ["dep.jar", "new/dep.jar"]) writeFileSync(join(context.storageFolder, "lake", path), "");
  const upload = { kind: "jar", group: "gatk" } as const;
  expect(await refused("UploadJobResources", { ...upload, paths: ["obs://lake/gone.jar"] })).toContain("DLI.0001");
  expect(await refused("UploadJobResources", { ...upload, paths: ["obs://lake/../lake/dep.jar"] })).toContain(
    "DLI.0001",
  );
  await call("UploadJobResources", { ...upload, paths: ["obs://lake/dep.jar"] });
  const group = await call("UploadJobResources", { ...upload, paths: ["obs://lake/new/dep.jar"] });
  expect(group).toMatchObject({ group_name: "gatk", resources: ["dep.jar"], status: "READY" });
  expect(findPackage("gatk/dep.jar", context)).toMatchObject({ kind: "jar", location: "obs://lake/new/dep.jar" });
  expect(packagesIn("gatk", context)).toHaveLength(1);
  await call("DeleteJobResource", { resource_name: "dep.jar", group: "gatk" });
  expect(await refused("ShowJobResource", { resource_name: "dep.jar", group: "gatk" })).toContain("DLI.0002");
});

test("a database is created once and deleted for good; the one called default stays", async () => {
  const { call, refused } = open();
  await call("CreateDatabase", { database_name: "Sales" });
  expect(await refused("CreateDatabase", { database_name: "sales" })).toContain("DLI.0006");
  const names = async () => (await call("ListDatabases", {})).databases?.map((database) => database.database_name);
  expect(await names()).toEqual(["default", "sales"]);
  await call("DeleteDatabase", { database_name: "sales" });
  expect(await names()).toEqual(["default"]);
  expect(await refused("DeleteDatabase", { database_name: "sales" })).toContain("DLI.0002");
  expect(await refused("DeleteDatabase", { database_name: "default" })).toContain("DLI.0007");
});

test("a masking strategy needs a rule for a column, and users can be let through", async () => {
  const { call, refused } = open();
  const strategy = { name: "cards", database_name: "sales", table_name: "orders" };
  expect(await refused("CreateDataMaskStrategy", { ...strategy, rules: [] })).toContain("DLI.0001");
  const rules = [{ column_name: "card", rule_id: "1" }];
  const { strategy_id = "" } = await call("CreateDataMaskStrategy", { ...strategy, rules });
  await call("CreateDataMaskStrategyUserAuth", { white_list: [{ strategy_id, user_ids: ["u1"] }] });
  expect(await call("ShowDataMaskStrategyUserAuth", { strategy_id })).toEqual({
    strategy_id,
    users: [{ user_id: "u1" }],
  });
  await call("DeleteDataMaskStrategy", { strategy_id });
  expect(await refused("ShowDataMaskStrategy", { strategy_id })).toContain("DLI.0002");
});
