import { invalidParameter, missingParameter, resourceNotFound } from "../errors.ts";
import { type EmrContext, type Handler, runningWorkspace } from "./context.ts";
import type { Workspace } from "./documents.ts";
import { pageOf } from "./paging.ts";
import { unknownWorkspaceInList } from "./quirks.ts";
import type { Member } from "./sql-documents.ts";

/** The roles seen in public material. */
const roleNames = ["Owner", "DataScience"];
/** The user of the sandbox's one AccessKey, who owns every workspace. */
export const ownerName = "sandbox";

export const addMembers: Handler<"AddMembers"> = (input, context) => {
  const { workspaceId = "", memberArns = [] } = input;
  const found = runningWorkspace(workspaceId, context);
  if ("error" in found) return found;
  if (memberArns.length === 0) return missingParameter("memberArns");
  const members: Member[] = [];
  for (const arn of memberArns) {
    const match = /^acs:ram::(\d+):(user|role)\/([\p{L}\p{N}._@-]{1,128})$/u.exec(arn);
    const [account, name] = [match?.[1], match?.[3]];
    if (!name)
      return invalidParameter(`${arn} is not acs:ram::{account}:user/{uid} or acs:ram::{account}:role/{name}.`);
    if (account !== context.accountId) return invalidParameter(`${arn} is not of the account ${context.accountId}.`);
    const memberArn = arnOf(workspaceId, name);
    members.push({ workspaceId, memberArn, userName: name, createTime: context.now(), roles: [] });
  }
  for (const member of members) {
    // Who is a member already stays it, with the roles.
    if (!findMember(member.memberArn, workspaceId, context)) context.documents.members.put(member);
  }
  return { body: {} };
};

export const grantRoleToUsers: Handler<"GrantRoleToUsers"> = (input, context) => {
  const { roleArn = "", userArns = [] } = input;
  const [, workspaceId, role] = /^acs:emr::(w-[A-Za-z0-9]+):role\/(\w+)$/.exec(roleArn) ?? [];
  if (workspaceId === undefined || role === undefined) {
    return invalidParameter("roleArn must be acs:emr::{workspaceId}:role/{role}.");
  }
  const found = runningWorkspace(workspaceId, context);
  if ("error" in found) return found;
  if (!roleNames.includes(role)) return resourceNotFound(`The role ${role} does not exist.`);
  if (userArns.length === 0) return missingParameter("userArns");
  const members = userArns.map((arn) => findMember(arn, workspaceId, context));
  const unknown = userArns.find((_, index) => members[index] === undefined);
  if (unknown !== undefined) return resourceNotFound(`The member ${unknown} does not exist.`);
  for (const member of members) {
    if (!member || member.roles.some(({ name }) => name === role)) continue;
    context.documents.members.put({ ...member, roles: [...member.roles, { name: role, createTime: context.now() }] });
  }
  return { body: {} };
};

export const listMembers: Handler<"ListMembers"> = (input, context) => {
  const workspace = context.documents.workspaces.get(input.workspaceId);
  if (!workspace) return unknownWorkspaceInList;
  const added = context.documents.members.all().filter((member) => member.workspaceId === input.workspaceId);
  const members = [
    ownerOf(workspace, context),
    ...added.filter(({ memberArn }) => memberArn !== ownerArn(workspace.workspaceId, context)),
  ];
  const page = pageOf(members, (member) => member.memberArn, input, "ascending");
  if ("error" in page) return page;
  const { items, ...paging } = page;
  return { body: { ...paging, members: items.map(describe) } };
};

/** Of this workspace alone: an arn names its workspace, and that one must be meant. */
export function findMember(memberArn: string, workspaceId: string, context: EmrContext): Member | undefined {
  const member = context.documents.members.get(memberArn);
  if (member) return member.workspaceId === workspaceId ? member : undefined;
  const workspace = context.documents.workspaces.get(workspaceId);
  return workspace && memberArn === ownerArn(workspaceId, context) ? ownerOf(workspace, context) : undefined;
}

function ownerOf(workspace: Workspace, context: EmrContext): Member {
  const { workspaceId, createTime } = workspace;
  const memberArn = ownerArn(workspaceId, context);
  const stored = context.documents.members.get(memberArn);
  return stored ?? { workspaceId, memberArn, userName: ownerName, createTime, roles: [{ name: "Owner", createTime }] };
}

function ownerArn(workspaceId: string, context: EmrContext): string {
  return arnOf(workspaceId, context.accountId);
}

function arnOf(workspaceId: string, name: string): string {
  return `acs:emr::${workspaceId}:member/${name}`;
}

function describe(member: Member): Record<string, unknown> {
  return {
    memberArn: member.memberArn,
    userName: member.userName,
    displayName: member.userName,
    userType: "MEMBER",
    visible: true,
    createTime: String(member.createTime),
    actions: [],
    roles: member.roles.map(({ name, createTime }) => ({
      roleArn: `acs:emr::${member.workspaceId}:role/${name}`,
      roleName: name,
      description: name,
      createTime,
      actions: [],
    })),
  };
}
