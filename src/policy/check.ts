import { languages } from "../language.ts";
import type { OperationRow, Parameter, Shape } from "../operations/types.ts";
import { isSetByGateway } from "../operations/validate.ts";
import { placeholdersOf } from "./confirmation.ts";
import { isObject, parseJson, parsePath, type Step } from "./facts.ts";
import type { OperationRule, Policy } from "./types.ts";

/** Where the rules and the registry disagree; empty when they fit. Takes every row of every cloud. */
export function policyProblems(policy: Policy, rows: readonly OperationRow[]): readonly string[] {
  const rowOf = new Map(rows.map((row) => [row.name, row]));
  return [
    ...rows.filter((row) => !policy.rule(row.name)).map((row) => `${row.name}: no rule`),
    ...policy
      .operations()
      .filter((name) => !rowOf.has(name))
      .map((name) => `${name}: a rule without an operation`),
    ...rows.flatMap((row) => {
      const rule = policy.rule(row.name);
      return rule ? problemsOf(rule, row, rowOf).map((problem) => `${row.name}: ${problem}`) : [];
    }),
  ];
}

type RowOf = ReadonlyMap<string, OperationRow>;

function problemsOf(rule: OperationRule, row: OperationRow, rowOf: RowOf): string[] {
  return [...problemsOfRisk(rule, row), ...problemsOfNames(rule, row), ...problemsOfReads(rule, row, rowOf)];
}

function problemsOfRisk(rule: OperationRule, row: OperationRow): string[] {
  const problems: string[] = [];
  const isRead = rule.risk === "read" || rule.risk === "read-secret";
  if (row.method === "DELETE" && !["destructive", "credential", "forbidden"].includes(rule.risk)) {
    problems.push(`a DELETE cannot be ${rule.risk}`);
  }
  if (row.readOnly !== isRead && rule.risk !== "forbidden")
    problems.push(`${row.readOnly ? "only reads" : "changes something"}, yet is ${rule.risk}`);
  if (isRead && row.secrets.response.length > 0 !== (rule.risk === "read-secret")) {
    problems.push(`answers ${row.secrets.response.length > 0 ? "secrets" : "no secret"}, yet is ${rule.risk}`);
  }
  if ((row.idempotencyToken !== undefined) !== (rule.idempotency === "token")) {
    problems.push(`carries ${row.idempotencyToken ?? "no token"}, yet its idempotency is ${rule.idempotency}`);
  }
  return problems;
}

/** `$parameter` and `{$parameter.member}` name what the operation takes. */
function problemsOfNames(rule: OperationRule, row: OperationRow): string[] {
  const inTexts = languages.flatMap((language) =>
    (placeholdersOf(rule.impact[language]) ?? []).filter(({ kind }) => kind === "parameter").map(({ name }) => name),
  );
  const inTarget = rule.target.match(/(?<=\$)\w+/g) ?? [];
  return [...new Set([...inTarget, ...inTexts])]
    .filter((path) => !takes(row, path))
    .map((path) => `takes no parameter ${path}`)
    .concat(
      inTexts.filter((path) => row.secrets.request.includes(path)).map((path) => `would show the secret ${path}`),
    );
}

function takes(row: OperationRow, path: string): boolean {
  const properties = Object.fromEntries(row.parameters.map((parameter) => [parameter.name, parameter]));
  const call: Shape = { type: "object", properties };
  return path.split(".").reduce<Shape | undefined>(memberOf, call) !== undefined;
}

function memberOf(shape: Shape | undefined, name: string): Shape | undefined {
  const properties = shape?.properties ?? {};
  return Object.hasOwn(properties, name) ? properties[name] : undefined;
}

function parameterOf(row: OperationRow, name: string): Parameter | undefined {
  return row.parameters.find((parameter) => parameter.name === name);
}

/** One read of a rule, with the names that its `$name` may mean. */
interface RuleRead {
  read: string;
  given: Readonly<Record<string, string>>;
  paths: readonly string[];
  known: ReadonlySet<string>;
}

function problemsOfReads(rule: OperationRule, row: OperationRow, rowOf: RowOf): string[] {
  const parameters = new Set(row.parameters.map(({ name }) => name));
  const answered = Object.keys(row.response?.properties ?? {});
  const reads = rule.prechecks.map(
    ({ read, with: given, facts, context }): RuleRead => ({
      read,
      given,
      paths: [...Object.values(facts), ...Object.values(context ?? {})],
      known: parameters,
    }),
  );
  if (rule.verify) {
    const { read, with: given, state } = rule.verify;
    reads.push({ read, given, paths: [state], known: new Set([...parameters, ...answered]) });
  }
  const lists = rule.prechecks.flatMap(({ each }) => (each === undefined ? [] : problemsOfList(row, each)));
  return lists.concat(
    reads.flatMap((each) => {
      const readRow = rowOf.get(each.read);
      if (!readRow) return [`reads with ${each.read}, which is no operation`];
      return [
        ...problemsOfGiven(each, readRow),
        ...each.paths.flatMap((path) => problemsOfPath(path, each.known, readRow)),
      ].map((problem) => `${each.read}: ${problem}`);
    }),
  );
}

/** Of an empty list nothing would be read, and so nothing refused. */
function problemsOfList(row: OperationRow, name: string): string[] {
  const list = parameterOf(row, name);
  if (list?.type !== "array") return [`reads for each ${name}, which is no list`];
  return list.minItems === undefined || list.minItems < 1 ? [`reads for each ${name}, which may be empty`] : [];
}

function problemsOfGiven({ given, known }: RuleRead, readRow: OperationRow): string[] {
  const needed = readRow.parameters.filter(
    (parameter) =>
      (parameter.in === "path" || parameter.required || parameter.requiredInPractice) &&
      !isSetByGateway(readRow, parameter.name),
  );
  return [
    ...needed.filter(({ name }) => !Object.hasOwn(given, name)).map(({ name }) => `is not given ${name}`),
    ...Object.keys(given)
      .filter((name) => !parameterOf(readRow, name))
      .map((name) => `takes no parameter ${name}`),
    ...Object.values(given)
      .filter((source) => source.startsWith("$") && !known.has(source.slice(1)))
      .map((source) => `is given ${source}, which the operation does not have`),
  ];
}

function problemsOfPath(path: string, known: ReadonlySet<string>, readRow: OperationRow): string[] {
  const steps = parsePath(path);
  const place = dotted(steps);
  const secret = readRow.secrets.response.find((each) => place === each || place.startsWith(`${each}.`));
  if (secret !== undefined) return [`the path ${path} would show the secret ${secret}`];

  let shape: Shape | undefined = readRow.response ?? undefined;
  for (const step of steps) {
    if (step.kind === "pick-parameter" && !known.has(step.parameter)) {
      return [`the path ${path} names $${step.parameter}, which the operation does not have`];
    }
    shape = shape && shapeAfter(shape, step);
    if (!shape) return [`the path ${path} names something that the answer is not documented to hold`];
  }
  return [];
}

/** The path as registry rows spell the places of secrets. */
function dotted(steps: readonly Step[]): string {
  return steps
    .map((step) => (step.kind === "member" ? `.${step.name}` : step.kind === "fold" ? "" : "[]"))
    .join("")
    .replace(/^\./, "");
}

function shapeAfter(shape: Shape, step: Step): Shape | undefined {
  switch (step.kind) {
    case "member":
      return memberOf(shape, step.name);
    case "each":
      return shape.items;
    case "pick":
    case "pick-parameter":
      return memberOf(shape.items, step.member) && shape.items;
    case "fold":
      if (step.name === "json") return shapeInText(shape);
      if (step.name === "cu" && !memberOf(shapeInText(shape), "cpu")) return undefined;
      return { type: "number" };
  }
}

/** Of JSON in a string the catalogue knows only an example. */
function shapeInText({ example }: Shape): Shape | undefined {
  const [value] = typeof example === "string" ? parseJson(example) : [];
  if (!isObject(value)) return undefined;
  const properties = Object.keys(value).map((name): [string, Shape] => [name, { type: "any" }]);
  return { type: "object", properties: Object.fromEntries(properties) };
}
