import { describe, expect, test } from "vitest";
import { type Call, refusalOf } from "../doubles/emr-client.ts";
import { newWorkspace, openSandbox, quick } from "../doubles/sandbox-emr.ts";

const account = "1000000001";

async function members(call: Call, workspaceId: string) {
  const list = (await call("ListMembers", { workspaceId })).members ?? [];
  return list.map(({ memberArn, roles }) => ({ memberArn, roles: roles?.map(({ roleName }) => roleName) }));
}

describe("members", () => {
  test("begin with the account as Owner; a RAM user and a RAM role join without a role", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const arn = (name: string) => `acs:emr::${workspaceId}:member/${name}`;
    expect(await members(call, workspaceId)).toEqual([{ memberArn: arn(account), roles: ["Owner"] }]);
    const memberArns = [`acs:ram::${account}:user/2022`, `acs:ram::${account}:role/analyst`];
    await call("AddMembers", { workspaceId, memberArns });
    expect(await members(call, workspaceId)).toEqual([
      { memberArn: arn(account), roles: ["Owner"] },
      { memberArn: arn("2022"), roles: [] },
      { memberArn: arn("analyst"), roles: [] },
    ]);
  });

  test("are of one workspace", async () => {
    const { call } = await openSandbox();
    const [first, second] = [await newWorkspace(call), await newWorkspace(call)];
    await call("AddMembers", { workspaceId: first, memberArns: [`acs:ram::${account}:user/2022`] });
    expect(await members(call, second)).toHaveLength(1);
    const roleArn = `acs:emr::${second}:role/DataScience`;
    const refused = await refusalOf(call("GrantRoleToUsers", { roleArn, userArns: [`acs:emr::${first}:member/2022`] }));
    expect(refused).toMatchObject({ Code: "ResourceNotFound" });
  });

  test("get roles, each once, and keep them when they are added again", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const memberArns = [`acs:ram::${account}:user/2022`];
    await call("AddMembers", { workspaceId, memberArns });
    const userArns = [`acs:emr::${workspaceId}:member/2022`];
    for (const role of ["DataScience", "Owner", "Owner"]) {
      await call("GrantRoleToUsers", { roleArn: `acs:emr::${workspaceId}:role/${role}`, userArns });
    }
    await call("AddMembers", { workspaceId, memberArns });
    const found = (await members(call, workspaceId)).find(({ memberArn }) => memberArn === userArns[0]);
    expect(found?.roles).toEqual(["DataScience", "Owner"]);
  });

  test("the owner keeps Owner beside another role", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const userArns = [`acs:emr::${workspaceId}:member/${account}`];
    await call("GrantRoleToUsers", { roleArn: `acs:emr::${workspaceId}:role/DataScience`, userArns });
    expect(await members(call, workspaceId)).toEqual([{ memberArn: userArns[0], roles: ["Owner", "DataScience"] }]);
  });

  test.each([
    ["no arns", { memberArns: [] }, "MissingParameter"],
    ["something that is no arn", { memberArns: ["2022"] }, "InvalidParameter"],
    ["a user of another account", { memberArns: ["acs:ram::99:user/2022"] }, "InvalidParameter"],
    ["an unknown workspace", { workspaceId: "w-1" }, "ResourceNotFound"],
  ])("AddMembers with %s is refused and adds nobody", async (_, change, Code) => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const request = { workspaceId, memberArns: [`acs:ram::${account}:user/2022`], ...change };
    expect(await refusalOf(call("AddMembers", request))).toMatchObject({ Code });
    expect(await members(call, workspaceId)).toHaveLength(1);
  });

  test("AddMembers with one wrong arn among right ones adds nobody", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const memberArns = [`acs:ram::${account}:user/2022`, "wrong"];
    expect(await refusalOf(call("AddMembers", { workspaceId, memberArns }))).toMatchObject({
      Code: "InvalidParameter",
    });
    expect(await members(call, workspaceId)).toHaveLength(1);
  });

  test.each([
    ["no role", () => ({ roleArn: undefined }), "MissingParameter"],
    ["no user", () => ({ userArns: undefined }), "MissingParameter"],
    ["a role that is no arn", () => ({ roleArn: "Owner" }), "InvalidParameter"],
    ["an unknown role", (id: string) => ({ roleArn: `acs:emr::${id}:role/King` }), "ResourceNotFound"],
    ["a stranger", (id: string) => ({ userArns: [`acs:emr::${id}:member/9`] }), "ResourceNotFound"],
    ["an unknown workspace", () => ({ roleArn: "acs:emr::w-1:role/Owner" }), "ResourceNotFound"],
  ])("GrantRoleToUsers with %s is refused", async (_, change, Code) => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const request = {
      roleArn: `acs:emr::${workspaceId}:role/DataScience`,
      userArns: [`acs:emr::${workspaceId}:member/${account}`],
      ...change(workspaceId),
    };
    expect(await refusalOf(call("GrantRoleToUsers", request))).toMatchObject({ Code });
    expect((await members(call, workspaceId))[0]?.roles).toEqual(["Owner"]);
  });
});

describe("templates", () => {
  test("are the one default of a workspace's tasks", async () => {
    const { call } = await openSandbox();
    const workspaceBizId = await newWorkspace(call);
    const listed = await call("ListTemplate", { workspaceBizId });
    expect(listed).toMatchObject({ success: true, errorCode: "ERR-00000000", httpStatusCode: "200" });
    expect(listed.data).toHaveLength(1);
    const { bizId } = listed.data?.[0] ?? {};
    const got = await call("GetTemplate", { workspaceBizId, templateBizId: bizId, templateType: "TASK" });
    expect(got.data).toEqual(listed.data?.[0]);
    expect(got.data).toMatchObject({ name: "default", isDefault: true, templateType: "TASK", sparkDriverCores: 1 });
  });

  test.each(["GetTemplate", "ListTemplate"] as const)(
    "%s of an unknown workspace fails in the body, with HTTP 200",
    async (operation) => {
      const { call } = await openSandbox();
      const answer = await call(operation, { workspaceBizId: "w-1" });
      expect(answer).toMatchObject({ success: false, errorCode: "040003", errorMessage: "InvalidUser.NotFound" });
      expect(answer.data).toBeUndefined();
    },
  );

  test("are not there before the workspace is RUNNING", async () => {
    const { call } = await openSandbox({ timings: { ...quick, workspaceStartMs: 60_000 } });
    const workspaceBizId = await newWorkspace(call);
    expect(await call("ListTemplate", { workspaceBizId })).toMatchObject({ success: false });
  });

  test("of another id or type are not there", async () => {
    const { call } = await openSandbox();
    const workspaceBizId = await newWorkspace(call);
    expect(await call("GetTemplate", { workspaceBizId, templateBizId: "TPL-0" })).toMatchObject({ success: false });
    expect(await call("GetTemplate", { workspaceBizId, templateType: "NOTEBOOK" })).toMatchObject({ success: false });
  });
});
