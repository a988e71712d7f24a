import { grammars } from "../../../src/operations/grammar.ts";
import type { OperationRow, Parameter, Shape } from "../../../src/operations/types.ts";
import { madeHere } from "../../../src/operations/validate.ts";

/** Arguments with which an operation passes its row: what is required, plus what its rule and review need to read. */
export function sampleInput(row: OperationRow): Record<string, unknown> {
  const wanted = row.parameters.filter(
    (parameter) =>
      parameter.name !== "regionId" &&
      parameter.name !== row.idempotencyToken &&
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
};

function sampleOf(parameter: Parameter): unknown {
  if (parameter.grammar) return grammars[parameter.grammar].example;
  return sampleOfShape(parameter);
}

function sampleOfShape(shape: Shape): unknown {
  switch (shape.type) {
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return false;
    case "array":
      return shape.items ? [sampleOfShape(shape.items)] : [];
    case "object":
      return Object.fromEntries(
        Object.entries(shape.properties ?? {})
          .slice(0, 1)
          .map(([name, inner]) => [name, sampleOfShape(inner)]),
      );
    default:
      return shape.enum?.[0] ?? "sample";
  }
}
