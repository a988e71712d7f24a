import * as z from "zod";
import { madeHere } from "../../src/operations/validate.ts";
import { defineTool, reply } from "../define.ts";
import { kyuubiServiceId, workspaceId } from "./fields.ts";
import { stillListed } from "./phrases.ts";

const tokenId = z
  .string()
  .regex(/^[A-Za-z0-9][\w-]{0,127}$/)
  .meta({ description: "Token ID", examples: ["tk-zpi0c2hdv4y"] });

const tokenName = z
  .string()
  .min(1)
  .max(64)
  .meta({ description: "Who it is for", examples: ["bi-dashboards"] });

const expireDays = z.number().int().min(1).max(3650);

const memberArns = z
  .array(z.string().min(1).max(200))
  .min(1)
  .meta({ description: "Members that may use it", examples: [["acs:emr::w-d2d82aa09155:member/1234567890"]] });

export const listKyuubiTokens = defineTool({
  name: "list_kyuubi_tokens",
  title: "List Kyuubi tokens",
  description:
    "List who can get into a Kyuubi gateway: token names, creators, expiry and last use; values stay hidden.",
  toolset: "kyuubi",
  operations: ["ListKyuubiToken"],
  input: z.strictObject({ workspaceId, kyuubiServiceId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("ListKyuubiToken", input, context);
    return reply(outcome, (answer) => {
      const tokens = (answer.data?.tokens ?? []).map((token) => ({
        tokenId: token.tokenId,
        name: token.name,
        token: token.token,
        createdBy: token.createdBy,
        createTime: timeOf(token.createTime),
        expireTime: timeOf(token.expireTime),
        lastUsedTime: timeOf(token.lastUsedTime),
        memberArns: token.memberArns,
      }));
      return { summary: { en: `${tokens.length} tokens.`, zh: `共 ${tokens.length} 个令牌。` }, data: { tokens } };
    });
  },
});

export const createKyuubiToken = defineTool({
  name: "create_kyuubi_token",
  title: "Create a Kyuubi token",
  description:
    "Let BI or a JDBC client into a Kyuubi service (a person approves). The token is made here and kept in a file; its value is never shown.",
  toolset: "kyuubi",
  operations: ["CreateKyuubiToken"],
  input: z.strictObject({
    workspaceId,
    kyuubiServiceId,
    name: tokenName,
    expireDays: expireDays.default(90).meta({ description: "Days until it expires", examples: [90] }),
    memberArns: memberArns.optional(),
  }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "CreateKyuubiToken",
      {
        workspaceId: input.workspaceId,
        kyuubiServiceId: input.kyuubiServiceId,
        name: input.name,
        token: madeHere,
        autoExpireConfiguration: { enable: true, expireDays: input.expireDays },
        ...(input.memberArns && { memberArns: input.memberArns }),
      },
      context,
    );
    return reply(outcome, (answer, { secret }) => ({
      summary: {
        en: `The token ${input.name} was created; it expires in ${input.expireDays} days.`,
        zh: `令牌 ${input.name} 已创建，${input.expireDays} 天后过期。`,
      },
      data: { tokenId: answer.data?.tokenId, name: input.name, tokenFile: secret?.file, token: secret?.masked },
      next: {
        en: "Tell the user the file; they put its value in the place of TOKEN in the JDBC URL. Never read the file into the conversation.",
        zh: "请告知用户该文件的位置，由用户用其中的值替换 JDBC URL 中的 TOKEN。切勿将文件内容读入对话。",
      },
    }));
  },
});

export const updateKyuubiToken = defineTool({
  name: "update_kyuubi_token",
  title: "Change a Kyuubi token",
  description:
    "Rename a Kyuubi token, change expiry or members, or replace its value by a new one (a person approves).",
  toolset: "kyuubi",
  operations: ["UpdateKyuubiToken"],
  input: z.strictObject({
    workspaceId,
    kyuubiServiceId,
    tokenId,
    name: tokenName.optional(),
    expireDays: expireDays.optional().meta({ description: "Days until it expires, from now" }),
    memberArns: memberArns.optional(),
    newValue: z
      .boolean()
      .default(false)
      .meta({ description: "Make a new value; clients with the old one are locked out" }),
  }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "UpdateKyuubiToken",
      {
        workspaceId: input.workspaceId,
        kyuubiServiceId: input.kyuubiServiceId,
        tokenId: input.tokenId,
        ...(input.name !== undefined && { name: input.name }),
        ...(input.expireDays !== undefined && {
          autoExpireConfiguration: { enable: true, expireDays: input.expireDays },
        }),
        ...(input.memberArns && { memberArns: input.memberArns }),
        ...(input.newValue && { token: madeHere }),
      },
      context,
    );
    return reply(outcome, (_, { secret }) => ({
      summary: {
        en: `The token ${input.tokenId} was changed${secret ? "; its new value is in a file" : ""}.`,
        zh: `令牌 ${input.tokenId} 已更改${secret ? "，新值保存在文件中" : ""}。`,
      },
      data: { tokenId: input.tokenId, tokenFile: secret?.file, token: secret?.masked },
      ...(secret && {
        next: {
          en: "Tell the user the file. Never read it into the conversation.",
          zh: "请告知用户该文件的位置。切勿将其内容读入对话。",
        },
      }),
    }));
  },
});

export const deleteKyuubiToken = defineTool({
  name: "delete_kyuubi_token",
  title: "Delete a Kyuubi token",
  description: "Shut out whoever uses a Kyuubi token, for good (a person approves, seeing when it was last used).",
  toolset: "kyuubi",
  operations: ["DeleteKyuubiToken"],
  input: z.strictObject({ workspaceId, kyuubiServiceId, tokenId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("DeleteKyuubiToken", input, context);
    return reply(outcome, (_, { settled }) => ({
      summary: settled
        ? { en: `The token ${input.tokenId} was deleted.`, zh: `令牌 ${input.tokenId} 已删除。` }
        : stillListed(`The token ${input.tokenId}`, `令牌 ${input.tokenId}`),
      ...(!settled && {
        next: { en: "list_kyuubi_tokens shows when it is gone.", zh: "可用 list_kyuubi_tokens 查看其是否已消失。" },
      }),
    }));
  },
});

function timeOf(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined || milliseconds <= 0 ? undefined : new Date(milliseconds).toISOString();
}
