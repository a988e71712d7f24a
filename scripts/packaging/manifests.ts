/** The manifests by which others find and start the package. Name, version and licence come from package.json. */
import manifest from "../../package.json" with { type: "json" };
import { listedTools } from "../../src/cli/listed-tools.ts";
import { settings } from "./settings.ts";

const { name, version, license, keywords, author, mcpName } = manifest;
const title = "Spark Workspace";
/** The registry takes 100 characters. */
const short = "Serverless Spark and Flink on Alibaba EMR, Huawei DLI or a local sandbox, behind a policy layer";
const server = "spark-workspace";

/** Files of the repository: path -> content. */
export function manifestFiles(): Map<string, string> {
  const text = (content: unknown) => `${JSON.stringify(content, null, 2)}\n`;
  return new Map([
    ["server.json", text(registryEntry)],
    [".claude-plugin/plugin.json", text(plugin)],
    [".claude-plugin/marketplace.json", text(marketplace)],
  ]);
}

const registryEntry = {
  $schema: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
  name: mcpName,
  title,
  description: short,
  version,
  packages: [
    {
      registryType: "npm",
      identifier: name,
      version,
      runtimeHint: "npx",
      transport: { type: "stdio" },
      environmentVariables: settings.map(({ variable, description, secret, choices, default: value }) => ({
        name: variable,
        description,
        isRequired: false,
        isSecret: secret === true,
        ...(choices && { choices }),
        ...(value !== undefined && { default: value }),
      })),
    },
  ],
};

const plugin = {
  name: server,
  version,
  description: manifest.description,
  author: { name: author },
  license,
  keywords,
  mcpServers: { [server]: { command: "npx", args: ["-y", `${name}@${version}`] } },
};

const marketplace = {
  name,
  owner: { name: author },
  metadata: { description: short, version },
  plugins: [{ name: server, source: "./", description: manifest.description, category: "data" }],
};

/** manifest.json of the bundle: no cloud account is needed, so every setting may stay empty. */
export const bundleManifest = {
  manifest_version: "0.3",
  name,
  display_name: title,
  version,
  description: short,
  long_description: manifest.description,
  author: { name: author },
  license,
  keywords,
  server: {
    type: "node",
    entry_point: "dist/bin.js",
    mcp_config: {
      command: "node",
      args: [`\${__dirname}/dist/bin.js`],
      env: Object.fromEntries(settings.map(({ variable }) => [variable, `\${user_config.${keyOf(variable)}}`])),
    },
  },
  // Those of a session on DLI are others.
  tools: listedTools.map(({ name, title }) => ({ name, description: title })),
  tools_generated: true,
  compatibility: { platforms: ["darwin", "win32", "linux"], runtimes: { node: manifest.engines.node } },
  user_config: Object.fromEntries(
    settings.map(({ variable, title, description, secret, default: value = "" }) => [
      keyOf(variable),
      { type: "string", title, description, required: false, sensitive: secret === true, default: value },
    ]),
  ),
};

function keyOf(variable: string): string {
  return variable.toLowerCase();
}
