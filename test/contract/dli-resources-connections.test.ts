import { expect, test } from "vitest";
import { seedResources } from "../../src/sandbox/dli/resources/seed.ts";
import { openResources } from "./dli-resources.support.ts";

const destination = { dest_vpc_id: "a1b2c3d4-0005", dest_network_id: "a1b2c3d4-0006" };

function open() {
  const resources = openResources();
  seedResources(resources.context);
  return resources;
}

async function connected(fields: object = { elastic_resource_pools: ["sandbox_pool"] }) {
  const resources = open();
  const { connection_id = "" } = await resources.call("CreateEnhancedConnection", {
    name: "to_rds",
    ...destination,
    ...fields,
  });
  return { ...resources, connection_id };
}

test("what is attached is CREATING and then ACTIVE; the connection is ACTIVE at once", async () => {
  const { call, pass, connection_id } = await connected();
  expect(await call("ShowEnhancedConnection", { connection_id })).toMatchObject({
    name: "to_rds",
    status: "ACTIVE",
    available_queue_info: [],
    elastic_resource_pools: [{ name: "sandbox_pool", status: "CREATING", err_msg: "" }],
    dest_vpc_id: "a1b2c3d4-0005",
  });
  pass(500);
  const { elastic_resource_pools: found } = await call("ShowEnhancedConnection", { connection_id });
  expect(found).toMatchObject([{ status: "ACTIVE" }]);
});

test("a connection that is still being created is not deleted", async () => {
  const { call, refused, pass, connection_id } = await connected();
  expect(await refused("DeleteEnhancedConnection", { connection_id })).toContain("DLI.0007");
  pass(500);
  await call("DeleteEnhancedConnection", { connection_id });
  expect(await refused("ShowEnhancedConnection", { connection_id })).toBe(
    `DLI.0001 The connection ${connection_id} is not exist.`,
  );
});

test.each([
  ["a name that is taken", {}, "DLI.0006"],
  ["a name with a blank", { name: "to rds" }, "DLI.0001"],
  ["a pool that is not there", { name: "other", elastic_resource_pools: ["nobody"] }, "DLI.0002"],
  ["the queue default", { name: "other", queues: ["default"] }, "DLI.0007"],
  ["a host whose address is none", { name: "other", hosts: [{ name: "a", ip: "256.0.0.1" }] }, "DLI.0001"],
])("a connection is refused for %s", async (_case, fields, code) => {
  const { refused } = await connected();
  const input = { name: "to_rds", ...destination, ...fields };
  expect(await refused("CreateEnhancedConnection", input)).toContain(code);
});

test("queues are attached and detached", async () => {
  const { call, refused, connection_id } = await connected({});
  await call("AssociateQueueToEnhancedConnection", { connection_id, queues: ["Sandbox_SQL"] });
  await call("AssociateQueueToEnhancedConnection", { connection_id, queues: ["sandbox_sql"] });
  const { available_queue_info: queues } = await call("ShowEnhancedConnection", { connection_id });
  expect(queues?.map((queue) => queue.name)).toEqual(["sandbox_sql"]);
  await call("DisassociateQueueFromEnhancedConnection", { connection_id, queues: ["sandbox_sql"] });
  expect((await call("ShowEnhancedConnection", { connection_id })).available_queue_info).toEqual([]);
  expect(
    await refused("DisassociateQueueFromEnhancedConnection", { connection_id, queues: ["sandbox_sql"] }),
  ).toContain("DLI.0001");
});

test("a queue that was deleted is attached no more", async () => {
  const { call, connection_id } = await connected({ queues: ["sandbox_sql"] });
  await call("DeleteQueue", { queue_name: "sandbox_sql" });
  expect((await call("ShowEnhancedConnection", { connection_id })).available_queue_info).toEqual([]);
});

test("hosts are replaced as a whole", async () => {
  const { call, connection_id } = await connected({ hosts: [{ name: "old", ip: "10.0.0.1" }] });
  await call("UpdateEnhancedConnection", { connection_id, hosts: [{ name: "new", ip: "10.0.0.2" }] });
  expect((await call("ShowEnhancedConnection", { connection_id })).hosts).toEqual([{ name: "new", ip: "10.0.0.2" }]);
  await call("UpdateEnhancedConnection", { connection_id, hosts: [] });
  expect((await call("ShowEnhancedConnection", { connection_id })).hosts).toEqual([]);
});

test("a limit of 0 shows every connection", async () => {
  const { call } = open();
  for (const name of ["a", "b", "c"]) await call("CreateEnhancedConnection", { name, ...destination });
  const names = async (page: object) =>
    (await call("ListEnhancedConnections", page)).connections?.map((connection) => connection.name);
  expect(await names({ limit: 0 })).toEqual(["a", "b", "c"]);
  expect(await names({ limit: 1, offset: 1 })).toEqual(["b"]);
  expect(await names({ name: "c" })).toEqual(["c"]);
  expect(await names({ status: "DELETED" })).toEqual([]);
});

test("isPrivis turns false once the connection is shared with a project", async () => {
  const { call, connection_id } = await connected({});
  const isPrivis = async () => (await call("ListEnhancedConnections", {})).connections?.[0]?.isPrivis;
  expect(await isPrivis()).toBe(true);
  const projectId = "fedcba98765432100123456789abcdef";
  const privileges = [{ object: `edsconnections.${connection_id}`, privileges: ["BIND_QUEUE"] }];
  await call("RunAuthorizationAction", { projectId, action: "grant", privileges });
  expect(await isPrivis()).toBe(false);
  expect((await call("ShowEnhancedConnectionPrivilege", { connection_id })).privileges).toEqual([
    { object: `edsconnections.${connection_id}`, applicant_project_id: projectId, privileges: ["BIND_QUEUE"] },
  ]);
});

test("a route is added once and deleted once", async () => {
  const { call, refused, connection_id } = await connected({});
  const route = { connection_id, name: "r1", cidr: "10.32.0.0/16" };
  await call("CreateRouteToEnhancedConnection", route);
  expect(await refused("CreateRouteToEnhancedConnection", route)).toContain("DLI.0006");
  expect(await refused("CreateRouteToEnhancedConnection", { ...route, name: "r2", cidr: "10.32" })).toContain("CIDR");
  await call("DeleteRouteFromEnhancedConnection", { connection_id, name: "r1" });
  expect(await refused("DeleteRouteFromEnhancedConnection", { connection_id, name: "r1" })).toContain("DLI.0002");
});
