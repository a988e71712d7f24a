import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { McpServer } from "@modelcontextprotocol/server";
import { type SkillSource, SkillsExtension, skillEntry } from "@modelcontextprotocol/server/ext/skills";
import { type Language, languages, type Text } from "../language.ts";
import { packageRoot } from "../package-root.ts";

/** The name in SKILL.md's front matter, which its address has to end in. */
export const skillName = "spark-workspace-mcp";
const base = `skill://${skillName}/`;
const mimeType = "text/markdown";

/** What SKILL.md leads to, one page each in references/, in order of reading. */
export const referencePages: Readonly<Record<string, Text>> = {
  "getting-started": { en: "Getting started", zh: "快速入门" },
  "workspace-lifecycle": { en: "Workspace lifecycle", zh: "工作空间生命周期" },
  "job-management": { en: "Job management", zh: "作业管理" },
  "kyuubi-service": { en: "Kyuubi service and SQL", zh: "Kyuubi 服务与 SQL" },
  scaling: { en: "Scaling", zh: "扩缩容" },
  "ram-policies": { en: "RAM and IAM permissions", zh: "RAM 与 IAM 权限" },
  "api-parameters": { en: "Parameters of tools and operations", zh: "工具与操作参数" },
  "dli-job-development": { en: "Developing jobs on DLI", zh: "DLI 作业开发" },
  "flink-dynamic-scaling": { en: "Dynamic scaling of Flink jobs", zh: "Flink 动态扩缩容" },
  troubleshooting: { en: "Troubleshooting", zh: "故障排查" },
};

/** `scaling` -> `references/scaling.md`, in Chinese `references/scaling.zh.md`. */
export function referenceFile(page: string, language: Language): string {
  return `references/${page}${language === "en" ? "" : `.${language}`}.md`;
}

/** Address -> file of the package. An address that is not here is not looked for anywhere, so none leads out of it. */
const files: ReadonlyMap<string, { file: string; title: string }> = new Map(
  [
    { file: "SKILL.md", title: "Serverless Spark for a person" },
    ...Object.entries(referencePages).flatMap(([page, title]) =>
      languages.map((language) => ({ file: referenceFile(page, language), title: title[language] })),
    ),
  ].map((page) => [`${base}${page.file}`, page]),
);

const source: SkillSource = {
  list: async () => ({ skills: [await entry()] }),
  get: async (uri) => (uri === `${base}SKILL.md` ? entry() : undefined),
  async read(uri) {
    const page = files.get(uri);
    return page && { text: await readFile(join(packageRoot, page.file), "utf8"), mimeType };
  },
  listResources: async () => [...files].map(([uri, { file, title }]) => ({ uri, name: file, title, mimeType })),
};

/** With the digest of each file as it is now. */
async function entry() {
  const pages = [...files.values()].map(
    async ({ file }): Promise<[string, Uint8Array]> => [file, await readFile(join(packageRoot, file))],
  );
  return skillEntry(skillName, Object.fromEntries(await Promise.all(pages)));
}

/** Holds addresses only: a file is read when it is asked for. Serves any number of servers. */
const skill = new SkillsExtension({
  source,
  baseUri: base,
  cacheHint: { ttlMs: 3_600_000, cacheScope: "private" },
});

/** Serves SKILL.md and its references as resources, and as a skill to clients that know the extension. */
export function registerSkill(server: McpServer): void {
  skill.attach(server);
}
