import * as z from "zod";
import { defineTool, reply } from "../define.ts";
import { nextToken, pageSize, workspaceId } from "./fields.ts";
import { pageOf } from "./phrases.ts";

const arn = z.string().max(200);

export const listMembers = defineTool({
  name: "list_members",
  title: "List members",
  description: "List who may work in a workspace, with their roles. Being a member is needed beside RAM permissions.",
  toolset: "member",
  operations: ["ListMembers"],
  input: z.strictObject({ workspaceId, pageSize, nextToken }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "ListMembers",
      {
        workspaceId: input.workspaceId,
        maxResults: input.pageSize,
        ...(input.nextToken !== undefined && { nextToken: input.nextToken }),
      },
      context,
    );
    return reply(outcome, (answer) => {
      const members = (answer.members ?? []).map((member) => ({
        name: member.displayName ?? member.userName,
        memberArn: member.memberArn,
        type: member.userType,
        roles: (member.roles ?? []).map(({ roleName, roleArn }) => ({ name: roleName, roleArn })),
      }));
      return {
        summary: pageOf(members.length, answer.totalCount, { en: "members", zh: "成员" }),
        data: { members, ...(answer.nextToken ? { nextToken: answer.nextToken } : {}) },
      };
    });
  },
});

export const addMembers = defineTool({
  name: "add_members",
  title: "Add members",
  description: "Let RAM users into a workspace (a person approves). They still need a role: grant_role.",
  toolset: "member",
  operations: ["AddMembers"],
  input: z.strictObject({
    workspaceId,
    users: z
      .array(arn.regex(/^acs:ram::\d+:(user|role)\/[\w.@-]+$/))
      .min(1)
      .max(50)
      .meta({ description: "ARNs of RAM users", examples: [["acs:ram::1234567890123456:user/2871234567890"]] }),
  }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "AddMembers",
      { workspaceId: input.workspaceId, memberArns: input.users },
      context,
    );
    return reply(outcome, () => ({
      summary: {
        en: `${input.users.length} members were added to ${input.workspaceId}.`,
        zh: `已向 ${input.workspaceId} 添加 ${input.users.length} 个成员。`,
      },
      next: {
        en: "list_members gives their member ARNs; grant_role gives them a role.",
        zh: "可用 list_members 查看其成员 ARN，用 grant_role 授予角色。",
      },
    }));
  },
});

export const grantRole = defineTool({
  name: "grant_role",
  title: "Grant a role",
  description: "Give members of a workspace a role such as Owner or DataScience (a person approves).",
  toolset: "member",
  operations: ["GrantRoleToUsers"],
  input: z.strictObject({
    role: arn
      .regex(/^acs:emr::w-[A-Za-z0-9]+:role\/\w+$/)
      .meta({ description: "ARN of the role", examples: ["acs:emr::w-d2d82aa09155:role/DataScience"] }),
    members: z
      .array(arn.regex(/^acs:emr::w-[A-Za-z0-9]+:member\/\w+$/))
      .min(1)
      .max(50)
      .meta({ description: "ARNs of members", examples: [["acs:emr::w-d2d82aa09155:member/2871234567890"]] }),
  }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("GrantRoleToUsers", { roleArn: input.role, userArns: input.members }, context);
    return reply(outcome, () => ({
      summary: {
        en: `${input.role} was granted to ${input.members.length} members.`,
        zh: `已将 ${input.role} 授予 ${input.members.length} 个成员。`,
      },
      next: { en: "list_members shows it.", zh: "可用 list_members 查看。" },
    }));
  },
});
