/**
 * A HiveServer2 over HTTP that plays a script. Its bytes are put together here, after the Thrift binary protocol and
 * TCLIService.thrift, without the client's tables or its library, so that the two cannot share a mistake.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const types = { bool: 2, double: 4, i32: 8, i64: 10, string: 11, struct: 12, map: 13, list: 15 } as const;

/** A value with its type on the wire. */
export interface Part {
  type: number;
  bytes: Buffer;
}

export const i32 = (value: number): Part => ({ type: types.i32, bytes: int(value, 4) });
export const i64 = (value: bigint): Part => ({ type: types.i64, bytes: long(value) });
export const bool = (value: boolean): Part => ({ type: types.bool, bytes: Buffer.from([value ? 1 : 0]) });
export const double = (value: number): Part => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return { type: types.double, bytes };
};
export const text = (value: string | Buffer): Part => {
  const content = Buffer.from(value);
  return { type: types.string, bytes: Buffer.concat([int(content.length, 4), content]) };
};
export const struct = (fields: Record<number, Part>): Part => ({
  type: types.struct,
  bytes: Buffer.concat([
    ...Object.entries(fields).flatMap(([id, { type, bytes }]) => [Buffer.from([type]), int(Number(id), 2), bytes]),
    Buffer.from([0]),
  ]),
});
export const list = (type: keyof typeof types, items: readonly Part[]): Part => ({
  type: types.list,
  bytes: Buffer.concat([Buffer.from([types[type]]), int(items.length, 4), ...items.map(({ bytes }) => bytes)]),
});
export const textMap = (entries: Record<string, string>): Part => ({
  type: types.map,
  bytes: Buffer.concat([
    Buffer.from([types.string, types.string]),
    int(Object.keys(entries).length, 4),
    ...Object.entries(entries).flatMap(([key, value]) => [text(key).bytes, text(value).bytes]),
  ]),
});

export const ok = struct({ 1: i32(0) });
export const okWithInfo = (...notices: string[]) => struct({ 1: i32(1), 2: list("string", notices.map(text)) });
export const error = (message: string, sqlState = "") =>
  struct({ 1: i32(3), ...(sqlState && { 3: text(sqlState) }), 5: text(message) });
export const invalidHandle = struct({ 1: i32(4), 5: text("Invalid SessionHandle") });

const identifier = (name: string) => struct({ 1: text(name.padEnd(16, ".")), 2: text("s".repeat(16)) });
export const session = struct({ 1: identifier("session") });
export const operation = struct({ 1: identifier("operation"), 2: i32(0), 3: bool(true) });
export const state = (code: number, more: Record<number, Part> = {}) => struct({ 1: ok, 2: i32(code), ...more });

export const columnType = (id: number, qualifiers?: Part) =>
  struct({ 1: i32(id), ...(qualifiers && { 2: qualifiers }) });
export const schema = (columns: Record<string, Part>) =>
  struct({
    1: list(
      "struct",
      Object.entries(columns).map(([name, primitive], at) =>
        struct({ 1: text(name), 2: struct({ 1: list("struct", [struct({ 1: primitive })]) }), 3: i32(at + 1) }),
      ),
    ),
  });
export const stringColumn = (values: readonly string[], nulls = Buffer.alloc(0)) =>
  struct({ 7: struct({ 1: list("string", values.map(text)), 2: text(nulls) }) });
export const rowSet = (...columns: Part[]) => struct({ 1: i64(0n), 2: list("struct", []), 3: list("struct", columns) });

/** What the server does for a call: answer with a struct, with an HTTP status, or in its own way, which may give a struct. */
export type Act =
  | Part
  | { status: number; headers?: Record<string, string>; body?: string }
  | ((request: IncomingMessage, response: ServerResponse) => unknown);
export type Script = Readonly<Record<string, readonly Act[]>>;

export interface Double {
  url: string;
  calls: string[];
  requests: { method: string; path: string; authorization: string | undefined; body: Buffer }[];
  stop(): Promise<void>;
}

const always: Script = {
  OpenSession: [struct({ 1: ok, 2: i32(9), 3: session })],
  ExecuteStatement: [struct({ 1: ok, 2: operation })],
  GetOperationStatus: [state(2)],
  GetResultSetMetadata: [struct({ 1: ok, 2: schema({ a: columnType(7) }) })],
  FetchResults: [
    struct({ 1: ok, 2: bool(false), 3: rowSet(stringColumn(["x"])) }),
    struct({ 1: ok, 3: rowSet(stringColumn([])) }),
  ],
  CancelOperation: [struct({ 1: ok })],
  CloseOperation: [struct({ 1: ok })],
  CloseSession: [struct({ 1: ok })],
};

/** The last act of a list is repeated. */
export async function startDouble(script: Script = {}): Promise<Double> {
  const calls: string[] = [];
  const requests: Double["requests"] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { method = "", url: path = "", headers } = request;
    requests.push({ method, path, authorization: headers.authorization, body });
    const nameLength = body.readInt32BE(4);
    const name = body.subarray(8, 8 + nameLength).toString();
    const sequence = body.readInt32BE(8 + nameLength);
    const acts = script[name] ?? always[name] ?? [];
    const scripted = acts[Math.min(calls.filter((call) => call === name).length, acts.length - 1)];
    calls.push(name);
    const act = typeof scripted === "function" ? await made(scripted(request, response)) : scripted;
    if (act === undefined && typeof scripted === "function") return;
    if (act !== undefined && "bytes" in act) {
      response.writeHead(200, { "content-type": "application/x-thrift" });
      return response.end(reply(name, sequence, act));
    }
    response.writeHead(act?.status ?? 500, act?.headers ?? {});
    return response.end(act?.body ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function made(act: unknown): Promise<Part | undefined> {
  const part = (await act) as Part | undefined;
  return Buffer.isBuffer(part?.bytes) ? part : undefined;
}

function reply(name: string, sequence: number, success: Part): Buffer {
  const begin = [Buffer.from([0x80, 0x01, 0x00, 0x02]), text(name).bytes, int(sequence, 4)];
  return Buffer.concat([...begin, struct({ 0: success }).bytes]);
}

function int(value: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeIntBE(value, 0, length);
  return bytes;
}

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
