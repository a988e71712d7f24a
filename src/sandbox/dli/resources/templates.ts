import { randomUUID } from "node:crypto";
import { badParameter, missingObject, objectExists } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { collection } from "./documents.ts";
import { answer, byText, succeeded } from "./shared.ts";

/** SQL templates and Spark templates; they share the call that deletes them. */
interface Template {
  id: string;
  type: "SPARK" | "SQL";
  name: string;
  /** SQL, or the Spark batch request as JSON text. */
  body: string;
  group: string;
  description: string;
  language: "ZH" | "EN";
  owner: string;
}

export const templateHandlers: DliHandlers<
  | "ListSqlJobTemplates"
  | "CreateSqlJobTemplate"
  | "UpdateSqlJobTemplate"
  | "BatchDeleteSqlJobTemplates"
  | "ListSparkJobTemplates"
  | "ShowSparkJobTemplate"
  | "CreateSparkJobTemplate"
  | "UpdateSparkJobTemplate"
> = {
  ListSqlJobTemplates(input, context) {
    const found = ofType("SQL", input.keyword, context);
    return answer("ListSqlJobTemplates", {
      is_success: true,
      message: "",
      sql_count: found.length,
      sqls: found.map(({ id, name, body, description, group, owner }) => ({
        sql_id: id,
        sql_name: name,
        sql: body,
        description,
        group,
        owner,
      })),
    });
  },

  CreateSqlJobTemplate(input, context) {
    const { sql_name: name = "", sql = "", description = "", group = "" } = input;
    if (isTaken(name, undefined, context)) return nameTaken(name);
    const id = create({ type: "SQL", name, body: sql, description, group, language: "EN" }, context);
    return answer("CreateSqlJobTemplate", { is_success: true, message: "", sql_id: id, group });
  },

  UpdateSqlJobTemplate(input, context) {
    const template = find("SQL", input.sql_id, context);
    if (!template) return missingTemplate(input.sql_id);
    const {
      sql = template.body,
      sql_name: name = template.name,
      description = template.description,
      group = template.group,
    } = input;
    if (isTaken(name, template.id, context)) return nameTaken(name);
    templates(context).put({ ...template, body: sql, name, description, group });
    return succeeded;
  },

  BatchDeleteSqlJobTemplates(input, context) {
    const ids = input.sql_ids ?? [];
    if (ids.length === 0) return badParameter("sql_ids has to name a template.");
    const missing = ids.find((id) => !templates(context).get(id));
    if (missing !== undefined) return missingTemplate(missing);
    for (const id of ids) templates(context).delete(id);
    return succeeded;
  },

  ListSparkJobTemplates(input, context) {
    const size = input["page-size"] ?? 50;
    const page = input["current-page"] ?? 1;
    if (size < 1 || size > 1000 || page < 1) return badParameter("page-size has to be from 1 to 1000.");
    const type = (input.type ?? "spark").toUpperCase();
    const found = type === "SPARK" || type === "SQL" ? ofType(type, input.keyword, context) : [];
    return answer("ListSparkJobTemplates", {
      is_success: true,
      message: "",
      count: found.length,
      templates: found.slice((page - 1) * size, page * size).map(describe),
    });
  },

  ShowSparkJobTemplate(input, context) {
    const template = find("SPARK", input.template_id, context);
    return template ? answer("ShowSparkJobTemplate", describe(template)) : missingTemplate(input.template_id);
  },

  CreateSparkJobTemplate(input, context) {
    const { type = "SPARK", name = "", body = "", description = "", group = "", language = "EN" } = input;
    if (type === "SPARK" && !readBody(body)) return badParameter("body has to be a JSON object as text.");
    if (type === "SQL" && isTaken(name, undefined, context)) return nameTaken(name);
    const id = create({ type, name, body, description, group, language }, context);
    return answer("CreateSparkJobTemplate", { id });
  },

  UpdateSparkJobTemplate(input, context) {
    const template = find("SPARK", input.template_id, context);
    if (!template) return missingTemplate(input.template_id);
    const { name = "", body = "", group = template.group, description = template.description } = input;
    if (!readBody(body)) return badParameter("body has to be a JSON object as text.");
    templates(context).put({ ...template, name, body, group, description });
    return succeeded;
  },
};

function create(template: Omit<Template, "id" | "owner">, context: DliContext): string {
  const id = randomUUID();
  templates(context).put({ ...template, id, owner: context.userName });
  return id;
}

function templates(context: DliContext) {
  return collection<Template>(context.store, "dliTemplate", (template) => template.id);
}

function find(type: Template["type"], id: string, context: DliContext): Template | undefined {
  const template = templates(context).get(id);
  return template?.type === type ? template : undefined;
}

function ofType(type: Template["type"], keyword: string | undefined, context: DliContext): Template[] {
  return templates(context)
    .all()
    .filter((template) => template.type === type && (!keyword || template.name.includes(keyword)))
    .sort(byText((template) => template.name));
}

/** Names of SQL templates are unique; those of Spark templates are not (section 4 of the API notes). */
function isTaken(name: string, own: string | undefined, context: DliContext): boolean {
  return ofType("SQL", undefined, context).some((template) => template.name === name && template.id !== own);
}

function describe({ type, id, name, body, group, description, language, owner }: Template) {
  return { type, id, name, body: readBody(body) ?? {}, group, description, language, owner };
}

function readBody(text: string): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === "object" && read !== null && !Array.isArray(read) ? { ...read } : undefined;
  } catch {
    return undefined;
  }
}

function nameTaken(name: string) {
  return objectExists(`The template ${name} already exists.`);
}

function missingTemplate(id: string) {
  return missingObject(`The template ${id} does not exist.`);
}
