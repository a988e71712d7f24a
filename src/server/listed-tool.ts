import { type Annotations, annotationsOf, type Tool } from "../../tools/define.ts";
import { type JsonSchema, portableSchema } from "./tool-schema.ts";

/** What tools/list says of a tool; the tool itself is wanted by its first call only. */
export interface ListedTool {
  name: string;
  title: string;
  description: string;
  annotations: Annotations;
  /** Of its input. */
  schema: JsonSchema;
  load(): Promise<Tool>;
}

export function listTool(tool: Tool): ListedTool {
  const { name, title, description } = tool;
  return {
    name,
    title,
    description,
    annotations: annotationsOf(tool),
    schema: portableSchema(tool.input.strict()),
    load: async () => tool,
  };
}
