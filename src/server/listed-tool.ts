import { type Annotations, annotationsOf, type Tool, type Toolset } from "../../tools/define.ts";
import type { PromptList } from "./prompt.ts";
import { type JsonSchema, portableSchema } from "./tool-schema.ts";

/** What tools/list says of a tool; the tool itself is wanted by its first call only. */
export interface ListedTool {
  name: string;
  title: string;
  description: string;
  toolset: Toolset;
  annotations: Annotations;
  /** Of its input. */
  schema: JsonSchema;
  load(): Promise<Tool>;
}

/** What a client is shown before its first call. */
export interface Listing {
  tools: readonly ListedTool[];
  instructions: string;
  /** They speak of its tools. */
  prompts: PromptList;
}

export function listTool(tool: Tool): ListedTool {
  const { name, title, description, toolset } = tool;
  return {
    name,
    title,
    description,
    toolset,
    annotations: annotationsOf(tool),
    schema: portableSchema(tool.input.strict()),
    load: async () => tool,
  };
}
