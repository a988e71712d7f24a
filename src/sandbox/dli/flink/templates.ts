import { badParameter, limitReached, missingObject, objectExists } from "../answers.ts";
import { matchesTagFilter, pageOf } from "../resources/shared.ts";
import { tagProblem } from "../resources/tag-store.ts";
import type { FlinkTemplate } from "./documents.ts";
import type { FlinkHandlers } from "./parts.ts";

/** Section 9 of the API notes. */
const mostTemplates = 100;
const done = { is_success: true, message: "" } as const;

export const templateHandlers: FlinkHandlers<
  "CreateFlinkSqlJobTemplate" | "ListFlinkSqlJobTemplates" | "UpdateFlinkSqlJobTemplate" | "DeleteFlinkSqlJobTemplate"
> = ({ documents }) => ({
  CreateFlinkSqlJobTemplate(input, context) {
    const { name = "", desc = "", sql_body: sqlBody = "", tags = [], job_type: jobType = "flink_sql_job" } = input;
    const problem = problemOf({ name, desc, sqlBody }) ?? tagProblem(tags);
    if (problem !== undefined) return badParameter(problem);
    if (documents.templates().some((template) => template.name === name)) {
      return objectExists(`A template with the name ${name} exists.`);
    }
    if (documents.templates().length >= mostTemplates) return limitReached(`There are ${mostTemplates} templates.`);
    const at = context.now();
    const template: FlinkTemplate = {
      templateId: documents.nextId(),
      name,
      desc,
      sqlBody,
      jobType,
      tags: tags.map(({ key = "", value = "" }) => ({ key, value })),
      createTime: at,
      updateTime: at,
    };
    documents.putTemplate(template);
    const { sql_body: _, update_time: __, ...shown } = view(template);
    return { body: { ...done, template: shown } };
  },

  ListFlinkSqlJobTemplates(input) {
    const { name, order = "desc" } = input;
    const found = documents
      .templates()
      .filter(
        (template) =>
          (name === undefined || template.name.includes(name)) && matchesTagFilter(template.tags, input.tags),
      )
      .sort((a, b) => (order === "asc" ? 1 : -1) * (a.createTime - b.createTime || a.templateId - b.templateId));
    const templates = pageOf(found, input, 10).map(view);
    return { body: { ...done, template_list: { total_count: found.length, templates } } };
  },

  UpdateFlinkSqlJobTemplate({ template_id: templateId, name, desc, sql_body: sqlBody }, context) {
    const template = documents.template(templateId);
    if (!template) return missingTemplate(templateId);
    const changed = {
      ...template,
      name: name ?? template.name,
      desc: desc ?? template.desc,
      sqlBody: sqlBody ?? template.sqlBody,
      updateTime: context.now(),
    };
    const problem = problemOf(changed);
    if (problem !== undefined) return badParameter(problem);
    const isTaken = documents
      .templates()
      .some((other) => other.templateId !== templateId && other.name === changed.name);
    if (isTaken) return objectExists(`A template with the name ${changed.name} exists.`);
    documents.putTemplate(changed);
    return { body: done };
  },

  DeleteFlinkSqlJobTemplate({ template_id: templateId }) {
    if (!documents.template(templateId)) return missingTemplate(templateId);
    documents.deleteTemplate(templateId);
    return { body: { ...done, template: { template_id: templateId } } };
  },
});

/** The SDK and the reference pages differ in all three limits; the wider ones count. */
function problemOf({ name, desc, sqlBody }: Pick<FlinkTemplate, "name" | "desc" | "sqlBody">): string | undefined {
  if (name.length < 1 || name.length > 64) return "name must have 1 to 64 characters.";
  if (desc.length > 2048) return "desc must not be longer than 2048 characters.";
  return sqlBody.length > 1024 * 1024 ? "sql_body must not be longer than 1048576 characters." : undefined;
}

const missingTemplate = (templateId: number) => missingObject(`The template ${templateId} does not exist.`);

function view(template: FlinkTemplate) {
  return {
    template_id: template.templateId,
    name: template.name,
    desc: template.desc,
    create_time: template.createTime,
    update_time: template.updateTime,
    sql_body: template.sqlBody,
    job_type: template.jobType,
  };
}
