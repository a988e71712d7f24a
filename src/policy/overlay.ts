import { isObject } from "./facts.ts";
import { riskClassOf } from "./risk-classes.gen.ts";
import type { Overlay } from "./schema.ts";
import type { Source } from "./source.ts";
import { isAtLeast } from "./strength.ts";
import { mergedLimits, type Tighter, tighter } from "./tighter.ts";
import type { ApprovalStrength, LoadedPolicy, OperationRule, Policy, PolicyOrigin, RiskClass } from "./types.ts";

/** The shipped policy made stricter by the user's. A line that loosens, or names what is not there, leaves no policy. */
export function applyOverlay(policy: Policy, overlay: Source<Overlay>): LoadedPolicy {
  const { value } = overlay;
  const rules = tightenedRules(policy, value);
  const problems = [
    ...problemsOfApproval(policy, overlay),
    ...problemsOfEnvironments(policy, overlay),
    ...problemsOfOperations(policy, overlay),
    ...problemsOfForbidden(policy, overlay, rules),
    ...problemsOfLimits(policy, overlay),
  ];
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    policy: {
      environments: policy.environments,
      operations: policy.operations,
      rule: (operation) => rules.get(operation) ?? policy.rule(operation),
      limits: mergedLimits(policy.limits, value),
      origin: (operation, ...member) =>
        originOfRule(operation, member[0], overlay, rules) ?? policy.origin(operation, ...member),
      limitOrigin: (...member) => originOfLimit(policy, overlay, member) ?? policy.limitOrigin(...member),
    },
  };
}

function tightenedRules(policy: Policy, { forbid = [], operations = {} }: Overlay): ReadonlyMap<string, OperationRule> {
  const rules = new Map<string, OperationRule>();
  for (const [operation, { approval }] of Object.entries(operations)) {
    const rule = policy.rule(operation);
    if (rule) rules.set(operation, { ...rule, approval });
  }
  for (const each of forbid) {
    const { operation, reason } = typeof each === "string" ? { operation: each, reason: undefined } : each;
    const rule = policy.rule(operation);
    // What is forbidden as shipped keeps its own words: they say where else it can be done.
    if (!rule || rule.risk === "forbidden") continue;
    const instead = {
      en: reason ?? "The user's policy.yaml forbids it; discuss it with the user.",
      zh: reason ?? "用户的 policy.yaml 禁止该操作，请与用户商议。",
    };
    rules.set(operation, { ...rule, risk: "forbidden", instead, forbiddenByUser: true });
  }
  return rules;
}

function problemsOfApproval({ limits, limitOrigin }: Policy, overlay: Source<Overlay>): string[] {
  return strengthsOf(overlay.value.approval).flatMap(([risk, wanted]) =>
    problemOfStrength(overlay, ["approval", risk], risk, wanted, [
      [limits.approval[risk], limitOrigin("approval", risk)],
    ]),
  );
}

function problemsOfEnvironments({ limits, limitOrigin }: Policy, overlay: Source<Overlay>): string[] {
  return Object.entries(overlay.value.environments ?? {}).flatMap(([name, strengths]) =>
    strengthsOf(strengths).flatMap(([risk, wanted]) =>
      problemOfStrength(overlay, ["environments", name, risk], risk, wanted, [
        [limits.environments[name]?.[risk] ?? "none", limitOrigin("environments", name, risk)],
        [limits.approval[risk], limitOrigin("approval", risk)],
      ]),
    ),
  );
}

function problemsOfOperations(policy: Policy, overlay: Source<Overlay>): string[] {
  return Object.entries(overlay.value.operations ?? {}).flatMap(([operation, { approval }]) => {
    const rule = policy.rule(operation);
    if (!rule) return unknownOperation(overlay, ["operations", operation], operation);
    const path = ["operations", operation, "approval"];
    if (rule.risk === "forbidden") {
      const at = atOrigin(policy.origin(operation, "risk"));
      return [say(overlay, path, `${operation} is forbidden as shipped${at}, and no approval lifts that`)];
    }
    const { risk } = rule;
    return problemOfStrength(overlay, path, risk, approval, [
      [policy.limits.approval[risk], policy.limitOrigin("approval", risk)],
    ]);
  });
}

/** A forbidden read must not go on being sent before something else, so nothing that is allowed may need it. */
function problemsOfForbidden(
  policy: Policy,
  overlay: Source<Overlay>,
  rules: ReadonlyMap<string, OperationRule>,
): string[] {
  return (overlay.value.forbid ?? []).flatMap((each, position) => {
    const operation = typeof each === "string" ? each : each.operation;
    const path = ["forbid", position];
    if (!policy.rule(operation)) return unknownOperation(overlay, path, operation);
    const needing = policy.operations().filter((other) => {
      const rule = rules.get(other) ?? policy.rule(other);
      return rule && rule.risk !== "forbidden" && readsOf(rule).has(operation);
    });
    if (needing.length === 0) return [];
    return [say(overlay, path, `${operation} is needed by ${needing.join(", ")}; forbid these too, or leave it`)];
  });
}

function readsOf({ prechecks, verify, lookup }: OperationRule): ReadonlySet<string | undefined> {
  return new Set([...prechecks.map(({ read }) => read), verify?.read, lookup]);
}

function problemsOfLimits(policy: Policy, overlay: Source<Overlay>): string[] {
  const { approval, environments, ...bounds } = policy.limits;
  const shipped: NumbersInGroups = bounds;
  const directions: Readonly<Record<string, Readonly<Record<string, Tighter>>>> = tighter;
  const problems = numbersOf(overlay.value).flatMap(([group, name, wanted]) => {
    const value = shipped[group]?.[name];
    const direction = directions[group]?.[name];
    if (value === undefined || wanted === value) return [];
    if (direction === (wanted < value ? "lower" : "higher")) return [];
    const at = atOrigin(policy.limitOrigin(group, name));
    const why =
      direction === "lower" || direction === "higher"
        ? `${wanted} loosens the shipped ${value}${at}; only a ${direction} value is tighter`
        : `${wanted} is neither tighter nor looser than the shipped ${value}${at}, so it cannot be set here`;
    return [say(overlay, ["limits", group, name], why)];
  });
  const { minWaitSeconds, maxWaitSeconds } = mergedLimits(policy.limits, overlay.value).throttling;
  if (minWaitSeconds > maxWaitSeconds) {
    const path = ["limits", "throttling", "minWaitSeconds"];
    problems.push(
      say(overlay, path, `${minWaitSeconds} exceeds maxWaitSeconds (${maxWaitSeconds}); raise that as well`),
    );
  }
  return problems;
}

type NumbersInGroups = Readonly<Record<string, Readonly<Record<string, number>>>>;

function numbersOf({ limits = {} }: Overlay): Array<[group: string, name: string, wanted: number]> {
  return Object.entries(limits).flatMap(([group, numbers]) =>
    Object.entries(numbers ?? {}).flatMap(
      ([name, wanted]): Array<[string, string, number]> => (wanted === undefined ? [] : [[group, name, wanted]]),
    ),
  );
}

type StrengthPerClass = Readonly<Partial<Record<RiskClass, ApprovalStrength | undefined>>>;
type AskingClass = Exclude<RiskClass, "forbidden">;

function strengthsOf(strengths: StrengthPerClass = {}): Array<[risk: AskingClass, wanted: ApprovalStrength]> {
  return Object.entries(strengths).flatMap(
    ([risk, wanted]): Array<[AskingClass, ApprovalStrength]> =>
      wanted === undefined ? [] : [[risk as AskingClass, wanted]],
  );
}

/**
 * The shipped strengths that count here, the one nearest to the line first. A tool makes several reads for one call,
 * which no client could ask about one by one.
 */
function problemOfStrength(
  overlay: Source<Overlay>,
  path: readonly PropertyKey[],
  risk: RiskClass,
  wanted: ApprovalStrength,
  shipped: ReadonlyArray<readonly [ApprovalStrength, PolicyOrigin | undefined]>,
): string[] {
  const [least, origin] = shipped.reduce((most, each) => (isAtLeast(most[0], each[0]) ? most : each));
  if (wanted !== least && risk.startsWith("read")) {
    return [say(overlay, path, `a read is never asked about${atOrigin(origin)}; \`forbid\` the operation instead`)];
  }
  if (isAtLeast(wanted, least)) return [];
  return [say(overlay, path, `${wanted} loosens the shipped ${least}${atOrigin(origin)}`)];
}

/** One file serves every profile, so it may name operations of a cloud that this one does not speak to. */
function unknownOperation(overlay: Source<Overlay>, path: readonly PropertyKey[], operation: string): string[] {
  if (Object.hasOwn(riskClassOf, operation)) return [];
  return [say(overlay, path, `there is no operation ${operation} with a rule`)];
}

function say({ originOf }: Source<Overlay>, path: readonly PropertyKey[], problem: string): string {
  const { file, line } = originOf(path);
  return `${file}:${line}: ${path.map(String).join(".")}: ${problem}`;
}

function atOrigin(origin: PolicyOrigin | undefined): string {
  return origin ? ` (${origin.file}:${origin.line})` : "";
}

function originOfRule(
  operation: string,
  member: string | number | undefined,
  { originOf, value }: Source<Overlay>,
  rules: ReadonlyMap<string, OperationRule>,
): PolicyOrigin | undefined {
  const rule = rules.get(operation);
  if (member === "approval" && rule?.approval) return originOf(["operations", operation, "approval"]);
  const position = (value.forbid ?? []).findIndex(
    (each) => (typeof each === "string" ? each : each.operation) === operation,
  );
  const isForbidding = rule?.forbiddenByUser && (member === "risk" || member === "instead");
  return isForbidding ? originOf(["forbid", position]) : undefined;
}

/** The overlay's line, where it is what counts. */
function originOfLimit(
  { limits }: Policy,
  { originOf, value }: Source<Overlay>,
  member: readonly string[],
): PolicyOrigin | undefined {
  const path = member[0] === "approval" || member[0] === "environments" ? member : ["limits", ...member];
  const wanted = memberAt(value, path);
  return wanted === undefined || typeof wanted === "object" || wanted === memberAt(limits, member)
    ? undefined
    : originOf(path);
}

function memberAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value);
}
