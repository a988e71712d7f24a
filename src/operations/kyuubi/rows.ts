import type { OperationRow, Parameter } from "../types.ts";

/**
 * SQL through a Kyuubi service as registry rows, so that it passes the same gates as every other call. What travels is
 * Thrift on /cliservice; a row's parameters are the ones a caller gives.
 */
const service: readonly Parameter[] = [
  {
    name: "workspaceId",
    in: "body",
    type: "string",
    required: true,
    description: "Workspace ID (w-...)",
    example: "w-d2d82aa09155",
    grammar: "workspaceId",
  },
  {
    name: "kyuubiServiceId",
    in: "body",
    type: "string",
    required: true,
    description: "Kyuubi service ID (kb-...)",
    example: "kb-c7141f10c3f549fc",
    grammar: "id",
  },
];

const statementId: Parameter = {
  name: "statementId",
  in: "body",
  type: "string",
  required: true,
  description: "Statement ID as RunKyuubiSql gave it",
  example: "ks-1a2b3c4d5e6f",
  grammar: "id",
};

const common = {
  cloud: "kyuubi",
  group: "kyuubiSql",
  method: "POST",
  path: "/cliservice",
  response: null,
  secrets: { request: [], response: [] },
  ramAction: "emr-serverless-spark:GetKyuubiService",
  origin: "documents",
} as const;

export const kyuubiRows: readonly OperationRow[] = [
  {
    ...common,
    name: "RunKyuubiSql",
    summary: "Run a SQL statement through a Kyuubi service",
    readOnly: false,
    parameters: [
      ...service,
      {
        name: "sql",
        in: "body",
        type: "string",
        required: true,
        description: "One Spark SQL statement",
        example: "SELECT count(*) FROM sales",
      },
    ],
  },
  {
    ...common,
    name: "GetKyuubiSql",
    summary: "State and rows of a statement that runs through a Kyuubi service",
    readOnly: true,
    response: { type: "object", properties: { statementId: { type: "string" }, state: { type: "string" } } },
    parameters: [
      ...service,
      statementId,
      { name: "waitMs", in: "body", type: "integer", required: false, description: "Milliseconds to wait for its end" },
      { name: "page", in: "body", type: "integer", required: false, description: "Page of rows, from 0" },
    ],
  },
  {
    ...common,
    name: "CancelKyuubiSql",
    summary: "Stop a statement that runs through a Kyuubi service",
    readOnly: false,
    parameters: [...service, statementId],
  },
];
