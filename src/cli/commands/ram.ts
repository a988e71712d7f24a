import type { Tool } from "../../../tools/define.ts";
import type { Language } from "../../language.ts";
import { findOperation } from "../../operations/registry.ts";
import { paragraph } from "../../policy/columns.ts";
import { type AccessCloud, type AccessPolicy, accessPolicy, notExpressed } from "../../policy/ram.ts";
import type { Policy } from "../../policy/types.ts";
import type { ListedTool } from "../../server/listed-tool.ts";
import { foldersOf } from "../folders.ts";
import { readSettings } from "../settings.ts";
import { chooseTools } from "../toolsets.ts";
import { readPolicy } from "../workbench.ts";

export interface RamOptions {
  toolsets?: string;
  cloud?: string;
  json?: boolean;
}

/**
 * Prints the least that the cloud's access control has to admit for the tools in sight.
 * @returns exit code: 0, 1 when the policy cannot be read, 2 bad usage
 */
export async function printAccessPolicy({ toolsets, cloud: wanted, json }: RamOptions): Promise<number> {
  if (wanted !== undefined && wanted !== "emr" && wanted !== "dli") {
    console.error(`--cloud is ${wanted}; allowed are emr and dli`);
    return 2;
  }
  const folders = foldersOf(process.env);
  const settings = await readSettings(process.env, folders);
  const profile = settings.ok ? settings.target.profile : undefined;
  const language: Language = settings.ok ? settings.language : "en";
  const cloud = wanted ?? profile?.cloud ?? "emr";
  const loaded = readPolicy(folders.config, cloud);
  if (!loaded.ok) {
    console.error(`The policy is invalid, so nothing can be sent:\n${loaded.problems.join("\n")}`);
    return 1;
  }
  try {
    const { listed, tools } = await toolsOf(cloud);
    const names = new Set(
      chooseTools(listed, toolsets ?? process.env.SPARK_WORKSPACE_TOOLSETS).map(({ name }) => name),
    );
    const chosen = tools.filter(({ name }) => names.has(name));
    const readOnly = profile?.cloud === cloud && profile.mode === "read-only";
    const access = accessOf(cloud, chosen, loaded.policy, readOnly);
    const sets = [...new Set(chosen.map(({ toolset }) => toolset))];
    console.log(json ? asJson(access, sets, language) : asText(access, sets, language));
    return 0;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(`Nothing was printed: ${error.message}`);
    return 2;
  }
}

/**
 * For everything the tools do, but for call_operation: what only it reaches is admitted to nobody who did not ask for
 * the tool of it.
 */
export function accessOf(
  cloud: AccessCloud,
  tools: readonly Tool[],
  policy: Pick<Policy, "rule">,
  readOnly = false,
): AccessPolicy {
  const operations = tools.filter(({ name }) => name !== "call_operation").flatMap((tool) => tool.operations);
  return accessPolicy({
    cloud,
    operations: [...new Set(operations)],
    rule: (operation) => policy.rule(operation),
    actionText: (operation) => findOperation(operation)?.ramAction,
    readOnly,
  });
}

async function toolsOf(cloud: AccessCloud): Promise<{ listed: readonly ListedTool[]; tools: readonly Tool[] }> {
  if (cloud === "dli") {
    const [{ listedTools }, { dliTools }] = await Promise.all([
      import("../listed-dli-tools.ts"),
      import("../../../tools/dli/index.ts"),
    ]);
    return { listed: listedTools, tools: dliTools };
  }
  const [{ listedTools }, { tools }] = await Promise.all([
    import("../listed-tools.ts"),
    import("../../../tools/index.ts"),
  ]);
  return { listed: listedTools, tools };
}

function asJson(access: AccessPolicy, toolsets: readonly string[], language: Language): string {
  const { cloud, documents, needed, withoutAction } = access;
  return JSON.stringify(
    { cloud, toolsets, policies: documents, needed, withoutAction, notExpressed: notExpressed(cloud, language) },
    null,
    2,
  );
}

function asText(access: AccessPolicy, toolsets: readonly string[], language: Language): string {
  const { cloud, documents, withoutAction } = access;
  const words = wordsOf[language];
  return [
    paragraph(words.title(cloud, toolsets.join(", "), Object.keys(access.needed).length)),
    ...documents.flatMap(({ name, scope, document }) => [
      "",
      scope ? `${name} (${words.scopes[scope]})` : name,
      JSON.stringify(document, null, 2),
    ]),
    ...(withoutAction.length > 0 ? ["", paragraph(words.without(withoutAction.join(", ")))] : []),
    "",
    words.not(cloud),
    ...notExpressed(cloud, language).map((text) => paragraph(`- ${text}`)),
    paragraph(`- ${words.callOperation}`),
  ].join("\n");
}

const systemOf = { emr: "RAM", dli: "IAM" } as const;

const wordsOf = {
  en: {
    title: (cloud: AccessCloud, toolsets: string, actions: number) =>
      `The least that ${systemOf[cloud]} has to admit for the toolsets ${toolsets}: ${actions} actions.`,
    scopes: { project: "project-level services", global: "global services" },
    without: (names: string) => `No action is published for ${names}.`,
    not: (cloud: AccessCloud) => `What ${systemOf[cloud]} cannot express`,
    callOperation:
      "call_operation reaches more than this admits; what it reaches beyond the toolsets named is refused by the cloud. --toolsets all admits what every tool does.",
  },
  zh: {
    title: (cloud: AccessCloud, toolsets: string, actions: number) =>
      `工具集 ${toolsets} 所需的最小 ${systemOf[cloud]} 权限：${actions} 个操作。`,
    scopes: { project: "项目级服务", global: "全局级服务" },
    without: (names: string) => `以下接口没有公开的操作名称：${names}。`,
    not: (cloud: AccessCloud) => `${systemOf[cloud]} 无法表达的内容`,
    callOperation:
      "call_operation 可触及的范围大于本策略；超出所列工具集的调用会被云端拒绝。--toolsets all 会授予所有工具所需的权限。",
  },
} as const;
