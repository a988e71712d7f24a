import { createHash } from "node:crypto";
import { grammars } from "../../../src/operations/grammar.ts";
import type { OperationRow, Parameter, Shape } from "../../../src/operations/types.ts";
import { isSetByGateway, madeHere, problemsOfInput } from "../../../src/operations/validate.ts";

/** Arguments with which an operation passes its row: what is required, plus what its rule and review need to read. */
export function sampleInput(row: OperationRow): Record<string, unknown> {
  const wanted = row.parameters.filter(
    (parameter) =>
      !isSetByGateway(row, parameter.name) &&
      (parameter.in === "path" || parameter.required || parameter.requiredInPractice === true),
  );
  const input = Object.fromEntries(wanted.map((parameter) => [parameter.name, sampleOf(parameter)]));
  const minted = row.minted !== undefined && row.minted in input ? { [row.minted]: madeHere } : {};
  return { ...input, ...minted, ...(extras[row.name] ?? {}) };
}

/** What no row calls required and the policy nevertheless reads or bounds. */
const extras: Readonly<Record<string, Record<string, unknown>>> = {
  StartJobRun: {
    executionTimeoutSeconds: 600,
    jobDriver: { sparkSubmit: { entryPoint: "oss://lake/a.py" } },
    codeType: "PYTHON",
  },
  CreateKyuubiService: { name: "bi" },
  CreateLivyCompute: { name: "bi" },
  CreateWorkspace: { resourceSpec: { cu: "8" } },
  CreateWorkspaceQueue: { workspaceId: "w-d2d82aa09155", workspaceQueueName: "etl_queue" },
  UpdateWorkspace: { workspaceId: "w-d2d82aa09155" },
  CreateSessionCluster: { queueName: "dev_queue" },
  StartSessionCluster: { sessionClusterId: "sc-dfahdfjafhajd" },
  StopSessionCluster: { sessionClusterId: "sc-dfahdfjafhajd" },
  EditWorkspaceQueue: { resourceSpec: { cu: 8 } },
  CreateElasticResourcePool: { max_cu: 128, min_cu: 64 },
  CreatePeriodElasticResourcePoolOrder: { max_cu: 128, min_cu: 64, charging_mode: 2 },
  UpdateElasticResourcePool: { max_cu: 128, min_cu: 64 },
  UpdateElasticResourcePoolQueue: {
    queue_scaling_policies: [
      { priority: 1, impact_start_time: "00:00", impact_stop_time: "24:00", min_cu: 16, max_cu: 64 },
    ],
  },
  CreateQueue: { elastic_resource_pool_name: "erp_prod" },
  DeleteJobResource: { group: "gatk" },
  ObsPutObject: {
    content: "print(1)",
    bytes: 8,
    sha256: createHash("sha256").update("print(1)").digest("hex"),
    overwrite: true,
  },
};

function sampleOf(parameter: Parameter): unknown {
  if (!parameter.grammar || parameter.enum) return sampleOfShape(parameter);
  const { example } = grammars[parameter.grammar];
  return parameter.type === "integer" ? Number(example) : example;
}

/** The same arguments with one value changed, the last that can be, so that another object is meant. */
export function otherInput(row: OperationRow, input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const others = Object.entries(input)
    .toReversed()
    .flatMap(([name, value]) => changesOf(value).map((changed) => ({ ...input, [name]: changed })));
  return others.find((each) => problemsOfInput(row, each).length === 0) ?? { ...input, extra: 1 };
}

function changesOf(value: unknown): unknown[] {
  if (typeof value === "string") return [`${value}2`, value.replace(/.$/, (last) => (last === "7" ? "8" : "7"))];
  if (typeof value === "number") return [value + 1];
  if (typeof value === "boolean") return [!value];
  if (Array.isArray(value)) return value.flatMap((each, at) => changesOf(each).map((other) => value.with(at, other)));
  return Object.entries(value ?? {}).flatMap(([name, each]) =>
    changesOf(each).map((other) => ({ ...(value as object), [name]: other })),
  );
}

function sampleOfShape(shape: Shape): unknown {
  const { example } = shape;
  // Some are published with their end blotted out.
  if (shape.type !== "object" && example !== undefined && !String(example).includes("****")) return example;
  switch (shape.type) {
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return false;
    case "array":
      return shape.items ? [sampleOfShape(shape.items)] : [];
    case "object": {
      const { properties = {}, requiredProperties = [] } = shape;
      const wanted = Object.keys(properties).filter((name, at) => at === 0 || requiredProperties.includes(name));
      return Object.fromEntries(wanted.map((name) => [name, sampleOfShape(properties[name] ?? { type: "any" })]));
    }
    default:
      return shape.enum?.[0] ?? "sample";
  }
}
