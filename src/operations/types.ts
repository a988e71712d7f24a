/** The registry's vocabulary: what a cloud operation is, as data. */

export type Cloud = "emr" | "oss" | "kyuubi" | "dli" | "obs";
/** DLI and the services beside it that a job needs: identity, metrics, audit traces, storage. */
export type Service = "dli" | "iam" | "ces" | "cts" | "obs";
export type HttpMethod = "GET" | "POST" | "PUT" | "DELETE";

/** Shape of one value on the wire, as the catalogue declares it. `any`: the SDK declares no type. */
export interface Shape {
  type: "string" | "integer" | "number" | "boolean" | "array" | "object" | "any";
  format?: string;
  description?: string;
  example?: unknown;
  /** A closed, documented set. */
  enum?: readonly string[];
  /** Values seen in public material; others may come. */
  knownValues?: readonly string[];
  items?: Shape;
  properties?: Readonly<Record<string, Shape>>;
  /** Members of `properties` that must be there. */
  requiredProperties?: readonly string[];
  additionalProperties?: Shape;
  minItems?: number;
  maxItems?: number;
}

export interface Parameter extends Shape {
  name: string;
  in: "path" | "query" | "body";
  /** As the SDK says. */
  required: boolean;
  /** The service rejects a call without it although the SDK does not say so. */
  requiredInPractice?: boolean;
  /** `json-string`: JSON text in the query. `indexed`: name.1=..., name.2=... `repeated`: name=...&name=... */
  serialization?: "json-string" | "indexed" | "repeated";
  /** Name of the grammar in grammar.ts that every value must match. */
  grammar?: GrammarName;
  deprecated?: boolean;
}

export type GrammarName =
  | "workspaceId"
  | "jobRunId"
  | "sessionId"
  | "id"
  | "resourceName"
  | "regionId"
  | "ossUri"
  | "sha256"
  | "projectId"
  | "uuid"
  | "numericId"
  | "dliName"
  | "flinkName"
  | "keyedName"
  | "packageName"
  | "bucketName"
  | "obsUri";

export interface OperationRow {
  cloud: Cloud;
  name: string;
  group: string;
  method: HttpMethod;
  /** Path template, one `{parameter}` a segment at most. */
  path: string;
  summary: string;
  readOnly: boolean;
  parameters: readonly Parameter[];
  response: Shape | null;
  /** Body member that carries the idempotency token, dotted when nested. */
  idempotencyToken?: string;
  /** Body member that carries a secret of the caller's choice; it is made on this side and never comes from a caller. */
  minted?: string;
  /** Body member that the key of run-key.ts goes into: behind a name, or as one more tag. */
  runKey?: { member: string; form: "suffix" | "tag" };
  pagination?: { style: string; params: readonly string[] };
  /** Dotted paths of values that must never be shown: `[]` stands for every element. */
  secrets: { request: readonly string[]; response: readonly string[] };
  ramAction: string;
  /** `sdk`: in the public SDK. `documents`: only the service's own documents know it. */
  origin: "sdk" | "documents";
  since?: string;
  notes?: readonly string[];
  /** Of a cloud that answers under several hosts. */
  service?: Service;
  /** `{region}` and, for storage, `{bucket}` are filled in by whoever sends. */
  host?: string;
  /** What strict clients expect of a success; absent: 200. */
  successStatus?: number;
  /** Absent: current. `deprecated`: still there, on its way out. `historical`: only old documents know it. */
  status?: "deprecated" | "historical";
  /** Operations that do the same today; a deprecated one without any is the only public way. */
  replacedBy?: readonly string[];
  /** Names that the service's older documents and SDKs use. */
  aliases?: readonly string[];
}

/** What the wire guard and route tables need of every operation; the rest of a row is read when used. */
export interface OperationIndexEntry {
  name: string;
  method: HttpMethod;
  path: string;
  group: string;
  service?: Service;
}
