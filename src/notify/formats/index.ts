import type { Webhook } from "../config.ts";
import { dingtalk } from "./dingtalk.ts";
import { feishu } from "./feishu.ts";
import { json } from "./json.ts";
import type { MessageFormat } from "./message.ts";
import { slack } from "./slack.ts";

export const messageFormats: Readonly<Record<Webhook["format"], MessageFormat>> = { json, slack, dingtalk, feishu };
