import { randomUUID } from "node:crypto";
import type { DliRequests, DliResponses } from "../../../operations/dli/types.gen.ts";
import { badParameter, limitReached, missingObject, objectExists } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { collection } from "./documents.ts";
import { findQueue, missingQueue } from "./queue-find.ts";
import { answer, byText, pageOf, storedName, succeeded } from "./shared.ts";

/** Rules that inspect SQL; kept, and applied to no statement. */
interface InspectionRule {
  uuid: string;
  name: string;
  ruleId: NonNullable<DliRequests["CreateSqlJobDefendRule"]["rule_id"]>;
  category: Category;
  engineRules: unknown;
  queueNames: readonly string[];
  createTime: number;
  updateTime: number;
}

type Category = "static" | "dynamic" | "running";
type SystemRule = NonNullable<DliResponses["ListSqlJobSystemDefendRules"]["rules"]>[number];

const mostRules = 1000;
const mostQueuesOfRule = 50;

const ofCategory = (category: Category, ...numbers: number[]) =>
  numbers.map((number) => ({ rule_id: `${category}_${String(number).padStart(4, "0")}`, category }));

/** Thresholds as section 8 of the API notes has them; what the static ones look for is not in it. */
const thresholds: Readonly<Record<string, NonNullable<SystemRule["param"]>>> = {
  dynamic_0001: { min: 1, max: 2_000_000, defaultValue: 200_000, desc: "scanned files" },
  dynamic_0002: { min: 1, max: 500_000, defaultValue: 5000, desc: "partitions" },
  running_0003: { min: 1, max: 43_200, desc: "seconds" },
};

const systemRules = [
  ...ofCategory("static", 1, 2, 3, 4, 5, 6, 7),
  ...ofCategory("dynamic", 1, 2),
  ...ofCategory("running", 2, 3, 4),
].map(({ rule_id, category }) => ({
  rule_id: rule_id as NonNullable<SystemRule["rule_id"]>,
  category,
  actions: category === "running" ? (["hint", "fuse"] as const) : (["hint", "intercept"] as const),
  engines: ["spark"] as const,
  ...(thresholds[rule_id] ? { param: thresholds[rule_id], no_limit: false } : {}),
}));

export const inspectionHandlers: DliHandlers<
  | "ListSqlJobSystemDefendRules"
  | "ShowSqlJobSystemDefendRule"
  | "ListSqlJobDefendRules"
  | "ShowSqlJobDefendRule"
  | "CreateSqlJobDefendRule"
  | "UpdateSqlJobDefendRule"
  | "DeleteSqlJobDefendRule"
> = {
  ListSqlJobSystemDefendRules: () =>
    answer("ListSqlJobSystemDefendRules", { rules: systemRules, total_count: systemRules.length }),

  ShowSqlJobSystemDefendRule(input) {
    const rule = systemRules.find(({ rule_id }) => rule_id === input.rule_id);
    return rule ? answer("ShowSqlJobSystemDefendRule", rule) : missingRule(input.rule_id);
  },

  ListSqlJobDefendRules(input, context) {
    const queueName = input.queue_name === undefined ? undefined : storedName(input.queue_name);
    const found = rules(context)
      .all()
      .filter(({ queueNames }) => queueName === undefined || queueNames.includes(queueName))
      .filter(({ name }) => !input.rule_name || name === input.rule_name)
      .sort(byText(({ name }) => name));
    return answer("ListSqlJobDefendRules", {
      rules: pageOf(found, input).map((rule) => describe(rule, context)),
      total_count: found.length,
    });
  },

  ShowSqlJobDefendRule(input, context) {
    const rule = rules(context).get(input.rule_uuid);
    return rule ? answer("ShowSqlJobDefendRule", describe(rule, context)) : missingRule(input.rule_uuid);
  },

  CreateSqlJobDefendRule(input, context) {
    const read = readRule(input, undefined, context);
    if ("error" in read) return read;
    if (rules(context).all().length >= mostRules) return limitReached(`A project has at most ${mostRules} rules.`);
    const now = context.now();
    rules(context).put({ ...read.fields, uuid: randomUUID(), createTime: now, updateTime: now });
    return succeeded;
  },

  UpdateSqlJobDefendRule(input, context) {
    const rule = rules(context).get(input.rule_uuid);
    if (!rule) return missingRule(input.rule_uuid);
    const read = readRule(input, rule.uuid, context);
    if ("error" in read) return read;
    rules(context).put({ ...rule, ...read.fields, updateTime: context.now() });
    return succeeded;
  },

  DeleteSqlJobDefendRule(input, context) {
    if (!rules(context).get(input.rule_uuid)) return missingRule(input.rule_uuid);
    rules(context).delete(input.rule_uuid);
    return succeeded;
  },
};

function readRule(sent: DliRequests["CreateSqlJobDefendRule"], own: string | undefined, context: DliContext) {
  const { rule_name: name = "", rule_id: ruleId = "static_0001", category = "static", queue_names: queues = [] } = sent;
  if (!ruleId.startsWith(`${category}_`)) return badParameter(`The rule ${ruleId} is not of the category ${category}.`);
  const queueNames = queues.map(storedName);
  if (queueNames.length > mostQueuesOfRule) return limitReached(`A rule has at most ${mostQueuesOfRule} queues.`);
  const missing = queueNames.find((queueName) => !findQueue(queueName, context));
  if (missing !== undefined) return missingQueue(missing);
  const others = rules(context)
    .all()
    .filter(({ uuid }) => uuid !== own);
  if (others.some((rule) => rule.name === name)) return objectExists(`The rule ${name} already exists.`);
  const engineRules = sent.engine_rules;
  return { fields: { name, ruleId, category, engineRules, queueNames } };
}

function describe(rule: InspectionRule, context: DliContext) {
  return {
    rule_uuid: rule.uuid,
    project_id: context.projectId,
    rule_name: rule.name,
    rule_id: rule.ruleId,
    category: rule.category,
    engine_rules: rule.engineRules,
    queue_names: rule.queueNames,
    create_time: rule.createTime,
    update_time: rule.updateTime,
  };
}

function rules(context: DliContext) {
  return collection<InspectionRule>(context.store, "dliInspectionRule", (rule) => rule.uuid);
}

function missingRule(id: string) {
  return missingObject(`The rule ${id} does not exist.`);
}
