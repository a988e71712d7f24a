import { tools } from "../../tools/index.ts";
import { type ListedTool, listTool } from "../server/listed-tool.ts";

/**
 * Every tool, as tools/list shows it. The build puts the finished list in the place of this module, so that a client's
 * start neither loads a tool nor turns a schema into JSON (scripts/build.ts).
 */
export const listedTools: readonly ListedTool[] = tools.map(listTool);
