/**
 * HiveServer2's service as data: field numbers and types of what is used of it.
 * Source: service-rpc/if/TCLIService.thrift in apache/hive, which Kyuubi and Spark's Thrift server follow.
 */
import { struct, type Value } from "./schema.ts";

export const statusCode = { success: 0, successWithInfo: 1, stillExecuting: 2, error: 3, invalidHandle: 4 } as const;

export const operationState = {
  initialized: 0,
  running: 1,
  finished: 2,
  canceled: 3,
  closed: 4,
  error: 5,
  unknown: 6,
  pending: 7,
  timedOut: 8,
} as const;

/** TOperationType.UNKNOWN, the type of Kyuubi's own operation that launches an engine. */
export const unknownOperation = 8;
export const fetchNext = 0;
/** HIVE_CLI_SERVICE_PROTOCOL_V10; results are columns from V6 on. */
export const protocolVersion = 9;
export const firstColumnarVersion = 5;

/** TTypeId, in its order. */
export const typeNames = [
  "BOOLEAN",
  "TINYINT",
  "SMALLINT",
  "INT",
  "BIGINT",
  "FLOAT",
  "DOUBLE",
  "STRING",
  "TIMESTAMP",
  "BINARY",
  "ARRAY",
  "MAP",
  "STRUCT",
  "UNION",
  "USER DEFINED",
  "DECIMAL",
  "NULL",
  "DATE",
  "VARCHAR",
  "CHAR",
  "INTERVAL YEAR TO MONTH",
  "INTERVAL DAY TO SECOND",
  "TIMESTAMP WITH TIME ZONE",
] as const;

const status = struct({
  statusCode: [1, "i32"],
  infoMessages: [2, { list: "string" }],
  sqlState: [3, "string"],
  errorCode: [4, "i32"],
  errorMessage: [5, "string"],
});
export type Status = Value<typeof status>;

const handleIdentifier = struct({ guid: [1, "binary"], secret: [2, "binary"] });

const sessionHandle = struct({ sessionId: [1, handleIdentifier] });
export type SessionHandle = Value<typeof sessionHandle>;

const operationHandle = struct({
  operationId: [1, handleIdentifier],
  operationType: [2, "i32"],
  hasResultSet: [3, "bool"],
  modifiedRowCount: [4, "double"],
});
export type OperationHandle = Value<typeof operationHandle>;

const configuration = { map: ["string", "string"] } as const;

const qualifierValue = struct({ i32Value: [1, "i32"], stringValue: [2, "string"] });
const typeEntry = struct({
  primitiveEntry: [
    1,
    struct({
      type: [1, "i32"],
      typeQualifiers: [2, struct({ qualifiers: [1, { map: ["string", qualifierValue] }] })],
    }),
  ],
  arrayEntry: [2, struct({ objectTypePtr: [1, "i32"] })],
  mapEntry: [3, struct({ keyTypePtr: [1, "i32"], valueTypePtr: [2, "i32"] })],
  structEntry: [4, struct({ nameToTypePtr: [1, { map: ["string", "i32"] }] })],
  unionEntry: [5, struct({ nameToTypePtr: [1, { map: ["string", "i32"] }] })],
  userDefinedTypeEntry: [6, struct({ typeClassName: [1, "string"] })],
});
export type TypeEntry = Value<typeof typeEntry>;

const columnDesc = struct({
  columnName: [1, "string"],
  typeDesc: [2, struct({ types: [1, { list: typeEntry }] })],
  position: [3, "i32"],
});
const tableSchema = struct({ columns: [1, { list: columnDesc }] });
export type TableSchema = Value<typeof tableSchema>;

const column = struct({
  boolVal: [1, struct({ values: [1, { list: "bool" }], nulls: [2, "binary"] })],
  byteVal: [2, struct({ values: [1, { list: "byte" }], nulls: [2, "binary"] })],
  i16Val: [3, struct({ values: [1, { list: "i16" }], nulls: [2, "binary"] })],
  i32Val: [4, struct({ values: [1, { list: "i32" }], nulls: [2, "binary"] })],
  i64Val: [5, struct({ values: [1, { list: "i64" }], nulls: [2, "binary"] })],
  doubleVal: [6, struct({ values: [1, { list: "double" }], nulls: [2, "binary"] })],
  stringVal: [7, struct({ values: [1, { list: "string" }], nulls: [2, "binary"] })],
  binaryVal: [8, struct({ values: [1, { list: "binary" }], nulls: [2, "binary"] })],
});
const rowSet = struct({
  startRowOffset: [1, "i64"],
  columns: [3, { list: column }],
  binaryColumns: [4, "binary"],
  columnCount: [5, "i32"],
});
export type RowSet = Value<typeof rowSet>;

/** Each function takes one struct as argument 1 and answers with one. */
export const functions = {
  OpenSession: {
    request: struct({
      client_protocol: [1, "i32"],
      username: [2, "string"],
      password: [3, "string"],
      configuration: [4, configuration],
    }),
    response: struct({
      status: [1, status],
      serverProtocolVersion: [2, "i32"],
      sessionHandle: [3, sessionHandle],
      configuration: [4, configuration],
    }),
  },
  CloseSession: {
    request: struct({ sessionHandle: [1, sessionHandle] }),
    response: struct({ status: [1, status] }),
  },
  ExecuteStatement: {
    request: struct({
      sessionHandle: [1, sessionHandle],
      statement: [2, "string"],
      confOverlay: [3, configuration],
      runAsync: [4, "bool"],
      queryTimeout: [5, "i64"],
    }),
    response: struct({ status: [1, status], operationHandle: [2, operationHandle] }),
  },
  GetOperationStatus: {
    request: struct({ operationHandle: [1, operationHandle], getProgressUpdate: [2, "bool"] }),
    response: struct({
      status: [1, status],
      operationState: [2, "i32"],
      sqlState: [3, "string"],
      errorCode: [4, "i32"],
      errorMessage: [5, "string"],
      hasResultSet: [9, "bool"],
    }),
  },
  GetResultSetMetadata: {
    request: struct({ operationHandle: [1, operationHandle] }),
    response: struct({ status: [1, status], schema: [2, tableSchema] }),
  },
  FetchResults: {
    request: struct({
      operationHandle: [1, operationHandle],
      orientation: [2, "i32"],
      maxRows: [3, "i64"],
      fetchType: [4, "i16"],
    }),
    response: struct({ status: [1, status], hasMoreRows: [2, "bool"], results: [3, rowSet] }),
  },
  CancelOperation: {
    request: struct({ operationHandle: [1, operationHandle] }),
    response: struct({ status: [1, status] }),
  },
  CloseOperation: {
    request: struct({ operationHandle: [1, operationHandle] }),
    response: struct({ status: [1, status] }),
  },
} as const;

export type FunctionName = keyof typeof functions;
export type Request<Name extends FunctionName> = Value<(typeof functions)[Name]["request"]>;
export type Response<Name extends FunctionName> = Value<(typeof functions)[Name]["response"]>;
