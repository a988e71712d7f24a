import { missingObject, objectExists } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { collection, nextNumber } from "./documents.ts";
import { answer, byText, pageOf, succeeded } from "./shared.ts";

interface Variable {
  id: number;
  name: string;
  value: string;
  isSensitive: boolean;
  owner: string;
  createTime: number;
  updateTime: number;
}

const hidden = "******";

export const variableHandlers: DliHandlers<
  "ListGlobalVariables" | "CreateGlobalVariable" | "UpdateGlobalVariable" | "DeleteGlobalVariable"
> = {
  ListGlobalVariables(input, context) {
    const found = variables(context)
      .all()
      .sort(byText((variable) => variable.name));
    return answer("ListGlobalVariables", {
      is_success: true,
      message: "",
      count: found.length,
      global_vars: pageOf(found, input).map((variable) => ({
        id: variable.id,
        var_name: variable.name,
        var_value: variable.isSensitive ? hidden : variable.value,
        project_id: context.projectId,
        user_id: context.domainId,
        user_name: variable.owner,
        is_sensitive: variable.isSensitive,
        create_time: variable.createTime,
        update_time: variable.updateTime,
      })),
    });
  },

  CreateGlobalVariable(input, context) {
    const { var_name: name = "", var_value: value = "", is_sensitive: isSensitive = false } = input;
    if (variables(context).get(name)) return objectExists(`The variable ${name} already exists.`);
    const now = context.now();
    variables(context).put({
      id: nextNumber(context.store, "variable"),
      name,
      value,
      isSensitive,
      owner: context.userName,
      createTime: now,
      updateTime: now,
    });
    return succeeded;
  },

  UpdateGlobalVariable(input, context) {
    const variable = variables(context).get(input.var_name);
    if (!variable) return missingVariable(input.var_name);
    variables(context).put({ ...variable, value: input.var_value ?? "", updateTime: context.now() });
    return succeeded;
  },

  DeleteGlobalVariable(input, context) {
    if (!variables(context).get(input.var_name)) return missingVariable(input.var_name);
    variables(context).delete(input.var_name);
    return succeeded;
  },
};

/** What `{{name}}` stands for in SQL. */
export function variableValue(name: string, context: DliContext): string | undefined {
  return variables(context).get(name)?.value;
}

function variables(context: DliContext) {
  return collection<Variable>(context.store, "dliVariable", (variable) => variable.name);
}

function missingVariable(name: string) {
  return missingObject(`The variable ${name} does not exist.`);
}
