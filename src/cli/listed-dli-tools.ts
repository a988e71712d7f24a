import { dliTools } from "../../tools/dli/index.ts";
import { type ListedTool, listTool } from "../server/listed-tool.ts";

/** As listed-tools.ts, for a profile that speaks to DLI; apart, so that others do not load it. */
export const listedTools: readonly ListedTool[] = dliTools.map(listTool);
