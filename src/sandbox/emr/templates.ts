import { type Handler, workspaceStatus } from "./context.ts";
import type { Workspace } from "./documents.ts";
import { unknownToTemplates } from "./quirks.ts";
import { releases } from "./releases.ts";

const gib = 1024 ** 3;
const done = { success: true, errorCode: "ERR-00000000", errorMessage: "ok", httpStatusCode: "200" };

/** Every workspace has one template, the default of its tasks; no operation makes or changes one. */
export const getTemplate: Handler<"GetTemplate"> = (input, context) => {
  const template = templateOf(context.documents.workspaces.get(input.workspaceBizId), context);
  const wanted = (sent: string | undefined, own: unknown) => sent === undefined || sent === own;
  return template && wanted(input.templateBizId, template.bizId) && wanted(input.templateType, template.templateType)
    ? { body: { ...done, data: template } }
    : unknownToTemplates;
};

export const listTemplate: Handler<"ListTemplate"> = (input, context) => {
  const template = templateOf(context.documents.workspaces.get(input.workspaceBizId), context);
  return template ? { body: { ...done, data: [template] } } : unknownToTemplates;
};

function templateOf(workspace: Workspace | undefined, context: Parameters<typeof getTemplate>[1]) {
  if (!workspace || workspaceStatus(workspace, context.now()) !== "RUNNING") return undefined;
  const created = new Date(workspace.createTime).toISOString().replace("Z", "+00:00");
  return {
    bizId: `TPL-${workspace.workspaceId.slice(2)}`,
    name: "default",
    templateType: "TASK",
    isDefault: true,
    creator: Number(context.accountId),
    modifier: Number(context.accountId),
    gmtCreated: created,
    gmtModified: created,
    sparkVersion: releases[0]?.releaseVersion,
    displaySparkVersion: releases[0]?.displayReleaseVersion,
    fusion: false,
    sparkDriverCores: 1,
    sparkDriverMemory: gib,
    sparkExecutorCores: 1,
    sparkExecutorMemory: gib,
    sparkConf: [],
    sparkLogLevel: "INFO",
    sparkLogPath: `oss://${workspace.bucket}/${workspace.workspaceId}/spark/logs`,
  };
}
