import { randomUUID } from "node:crypto";
import type { DliRequests } from "../../../operations/dli/types.gen.ts";
import { badParameter, missingObject, objectExists } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { collection } from "./documents.ts";
import { answer, byText, pageOf, succeeded } from "./shared.ts";

/** Masking strategies and who sees through them; kept, and applied to no result. */
interface Strategy {
  strategyId: string;
  name: string;
  databaseName: string;
  tableName: string;
  rules: readonly { column_name: string; rule_id: string; create_time: number }[];
  users: readonly string[];
  createTime: number;
  updateTime: number;
}

export const maskingHandlers: DliHandlers<
  | "ListDataMaskStrategies"
  | "ShowDataMaskStrategy"
  | "CreateDataMaskStrategy"
  | "UpdateDataMaskStrategy"
  | "DeleteDataMaskStrategy"
  | "ShowDataMaskStrategyUserAuth"
  | "CreateDataMaskStrategyUserAuth"
> = {
  ListDataMaskStrategies(input, context) {
    const found = strategies(context)
      .all()
      .filter(({ name }) => !input.name || name === input.name)
      .filter(({ databaseName }) => !input.database_name || databaseName === input.database_name)
      .filter(({ tableName }) => !input.table_name || tableName === input.table_name)
      .sort(byText(({ name }) => name));
    return answer("ListDataMaskStrategies", {
      strategies: pageOf(found, input).map((strategy) => describe(strategy, context)),
    });
  },

  ShowDataMaskStrategy(input, context) {
    const strategy = strategies(context).get(input.strategy_id);
    return strategy ? answer("ShowDataMaskStrategy", describe(strategy, context)) : missingStrategy(input.strategy_id);
  },

  CreateDataMaskStrategy(input, context) {
    const read = readStrategy(input, context);
    if ("problem" in read) return badParameter(read.problem);
    const known = strategies(context).all();
    if (known.some(({ name }) => name === read.fields.name)) {
      return objectExists(`The masking strategy ${read.fields.name} already exists.`);
    }
    const strategyId = randomUUID();
    const now = context.now();
    strategies(context).put({ ...read.fields, strategyId, users: [], createTime: now, updateTime: now });
    return answer("CreateDataMaskStrategy", { name: read.fields.name, strategy_id: strategyId });
  },

  UpdateDataMaskStrategy(input, context) {
    const strategy = strategies(context).get(input.strategy_id);
    if (!strategy) return missingStrategy(input.strategy_id);
    const read = readStrategy(input, context);
    if ("problem" in read) return badParameter(read.problem);
    strategies(context).put({ ...strategy, ...read.fields, updateTime: context.now() });
    return succeeded;
  },

  DeleteDataMaskStrategy(input, context) {
    if (!strategies(context).get(input.strategy_id)) return missingStrategy(input.strategy_id);
    strategies(context).delete(input.strategy_id);
    return succeeded;
  },

  ShowDataMaskStrategyUserAuth(input, context) {
    const strategy = strategies(context).get(input.strategy_id);
    if (!strategy) return missingStrategy(input.strategy_id);
    return answer("ShowDataMaskStrategyUserAuth", {
      strategy_id: strategy.strategyId,
      users: strategy.users.map((user_id) => ({ user_id })),
    });
  },

  CreateDataMaskStrategyUserAuth(input, context) {
    const lists = (input.white_list ?? []).map(({ strategy_id: id = "", user_ids: users = [] }) => ({ id, users }));
    const missing = lists.find(({ id }) => !strategies(context).get(id));
    if (missing) return missingStrategy(missing.id);
    for (const { id, users } of lists) {
      const strategy = strategies(context).get(id);
      if (strategy) strategies(context).put({ ...strategy, users: [...new Set(users)] });
    }
    return succeeded;
  },
};

type Sent = DliRequests["CreateDataMaskStrategy"];

function readStrategy(
  sent: Sent,
  context: DliContext,
): { fields: Pick<Strategy, "name" | "databaseName" | "tableName" | "rules"> } | { problem: string } {
  const { name = "", database_name: databaseName = "", table_name: tableName = "", rules: sentRules = [] } = sent;
  if (sentRules.length === 0) return { problem: "rules has to name a column." };
  const rules = sentRules.map(({ column_name = "", rule_id = "" }) => ({
    column_name,
    rule_id,
    create_time: context.now(),
  }));
  const isIncomplete = rules.some(({ column_name, rule_id }) => column_name === "" || rule_id === "");
  return isIncomplete
    ? { problem: "Every rule needs column_name and rule_id." }
    : { fields: { name, databaseName, tableName, rules } };
}

function describe(strategy: Strategy, context: DliContext) {
  return {
    strategy_id: strategy.strategyId,
    project_id: context.projectId,
    name: strategy.name,
    database_name: strategy.databaseName,
    table_name: strategy.tableName,
    rules: strategy.rules,
    create_time: strategy.createTime,
    update_time: strategy.updateTime,
  };
}

function strategies(context: DliContext) {
  return collection<Strategy>(context.store, "dliMaskStrategy", (strategy) => strategy.strategyId);
}

function missingStrategy(id: string) {
  return missingObject(`The masking strategy ${id} does not exist.`);
}
