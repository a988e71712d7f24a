import type { TBinaryProtocol } from "thrift";
import type { Scalar, Struct, Value, WireType } from "./schema.ts";
import { type FunctionName, functions, type Request, type Response } from "./tcli.ts";

/** What an answer said that is not the reply to the call. */
export class NotThrift extends Error {}

/** TType of the binary protocol (doc/specs/thrift-binary-protocol.md in apache/thrift). */
const wireTypes = { bool: 2, byte: 3, double: 4, i16: 6, i32: 8, i64: 10, string: 11, binary: 11 } as const;
const stop = 0;
const structType = 12;
const mapType = 13;
const listType = 15;
const message = { call: 1, reply: 2, exception: 3 } as const;

/** An empty struct is one byte on the wire and a hundred in memory. */
const maxItems = 4_000_000;

/** Least bytes a value takes: more items than bytes cannot be there, whatever a size says. */
const leastBytes: Readonly<Record<Scalar, number>> = {
  bool: 1,
  byte: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  double: 8,
  string: 4,
  binary: 4,
};

export interface Codec {
  encodeCall<Name extends FunctionName>(name: Name, sequence: number, request: Request<Name>): Buffer;
  /** @throws NotThrift */
  decodeReply<Name extends FunctionName>(name: Name, sequence: number, bytes: Buffer): Response<Name>;
  encode<T extends WireType>(type: T, value: Value<T>): Buffer;
  /** @throws NotThrift */
  decode<T extends WireType>(type: T, bytes: Buffer): Value<T>;
}

let loaded: Promise<Codec> | undefined;

/** The library takes some 100 ms to load, and only SQL needs it. */
export function loadCodec(): Promise<Codec> {
  loaded ??= import("thrift").then(createCodec);
  return loaded;
}

function createCodec(thrift: typeof import("thrift")): Codec {
  const { TBinaryProtocol, TFramedTransport, Int64 } = thrift;

  function written(write: (out: TBinaryProtocol) => void): Buffer {
    const chunks: Buffer[] = [];
    const transport = new TFramedTransport();
    transport.write = (chunk) => void chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk));
    write(new TBinaryProtocol(transport));
    return Buffer.concat(chunks);
  }

  function readFrom<T>(bytes: Buffer, read: (input: Input) => T): T {
    try {
      const transport = new TFramedTransport(bytes);
      const left = () => bytes.length - positionOf(transport);
      return read({ protocol: new TBinaryProtocol(transport, true), left, items: 0 });
    } catch (error) {
      if (error instanceof NotThrift) throw error;
      throw new NotThrift("the answer ends early or is no Thrift", { cause: error });
    }
  }

  function write(out: TBinaryProtocol, type: WireType, value: unknown): void {
    if (typeof type === "string") {
      writeScalar[type](out, value);
      return;
    }
    if ("list" in type) {
      const items = value as readonly unknown[];
      out.writeListBegin(wireType(type.list), items.length);
      for (const item of items) write(out, type.list, item);
      return;
    }
    if ("map" in type) {
      const entries = value as ReadonlyMap<unknown, unknown>;
      out.writeMapBegin(wireType(type.map[0]), wireType(type.map[1]), entries.size);
      for (const [key, item] of entries) {
        write(out, type.map[0], key);
        write(out, type.map[1], item);
      }
      return;
    }
    const members = value as Readonly<Record<string, unknown>>;
    for (const [name, [id, memberType]] of Object.entries(type.fields)) {
      const member = members[name];
      if (member === undefined) continue;
      out.writeFieldBegin(name, wireType(memberType), id);
      write(out, memberType, member);
    }
    out.writeFieldStop();
  }

  const writeScalar: Readonly<Record<Scalar, (out: TBinaryProtocol, value: unknown) => void>> = {
    bool: (out, value) => out.writeBool(value as boolean),
    byte: (out, value) => out.writeByte(value as number),
    i16: (out, value) => out.writeI16(value as number),
    i32: (out, value) => out.writeI32(value as number),
    i64: (out, value) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(value as bigint);
      out.writeI64(new Int64(bytes));
    },
    // The library's own arithmetic on doubles loses the sign of zero.
    double: (out, value) => {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleBE(value as number);
      out.writeI64(new Int64(bytes));
    },
    string: (out, value) => out.writeString(value as string),
    binary: (out, value) => out.writeBinary(value as Buffer),
  };

  return {
    encodeCall: (name, sequence, request) =>
      written((out) => {
        out.writeMessageBegin(name, message.call, sequence);
        write(out, { fields: { req: [1, functions[name].request] } }, { req: request });
        out.writeMessageEnd();
      }),
    decodeReply: (name, sequence, bytes) =>
      readFrom(bytes, (input) => {
        const begin = input.protocol.readMessageBegin();
        if (begin.mtype === message.exception) {
          const { text = "" } = read(input, { fields: { text: [1, "string"] } }) as { text?: string };
          throw new NotThrift(`the server refused the call: ${text}`);
        }
        if (begin.mtype !== message.reply || begin.fname !== name || begin.rseqid !== sequence) {
          throw new NotThrift(`the answer is not the reply to ${name}`);
        }
        const { success } = read(input, { fields: { success: [0, functions[name].response] } }) as {
          success?: Response<typeof name>;
        };
        if (success === undefined) throw new NotThrift(`the reply to ${name} is empty`);
        return success;
      }),
    encode: (type, value) => written((out) => write(out, type, value)),
    decode: (type, bytes) => readFrom(bytes, (input) => read(input, type) as Value<typeof type>),
  };
}

interface Input {
  protocol: TBinaryProtocol;
  /** Bytes not read yet. */
  left(): number;
  /** Items of collections so far. */
  items: number;
}

function read(input: Input, type: WireType): unknown {
  const { protocol } = input;
  if (typeof type === "string") return readScalar(protocol, type);
  if ("list" in type) {
    const { etype, size } = protocol.readListBegin();
    const item = type.list;
    checkSize(input, size, least(item));
    if (size > 0 && etype !== wireType(item)) throw new NotThrift("a list holds another type than it should");
    return Array.from({ length: size }, () => read(input, item));
  }
  if ("map" in type) {
    const { ktype, vtype, size } = protocol.readMapBegin();
    const [key, item] = type.map;
    checkSize(input, size, least(key) + least(item));
    if (size > 0 && (ktype !== wireType(key) || vtype !== wireType(item))) {
      throw new NotThrift("a map holds other types than it should");
    }
    return new Map(Array.from({ length: size }, () => [read(input, key), read(input, item)] as const));
  }
  return readStruct(input, type);
}

function readStruct(input: Input, { fields }: Struct): Record<string, unknown> {
  const { protocol } = input;
  const byId = new Map(Object.entries(fields).map(([name, [id, type]]) => [id, { name, type }]));
  const members: Record<string, unknown> = {};
  for (;;) {
    const { ftype, fid } = protocol.readFieldBegin();
    if (ftype === stop) return members;
    const field = byId.get(fid);
    // Fields of a newer version, or of another type than expected, are passed over, as generated readers do.
    if (field === undefined || ftype !== wireType(field.type)) protocol.skip(ftype);
    else members[field.name] = read(input, field.type);
  }
}

function readScalar(protocol: TBinaryProtocol, type: Scalar): unknown {
  switch (type) {
    case "bool":
      return protocol.readBool();
    case "byte":
      return protocol.readByte();
    case "i16":
      return protocol.readI16();
    case "i32":
      return protocol.readI32();
    case "i64":
      return protocol.readI64().buffer.readBigInt64BE();
    case "double":
      return protocol.readI64().buffer.readDoubleBE();
    case "string":
      return protocol.readString();
    case "binary":
      return protocol.readBinary();
  }
}

function checkSize(input: Input, size: number, bytesEach: number): void {
  input.items += Math.max(size, 0);
  if (size < 0 || size * bytesEach > input.left() || input.items > maxItems)
    throw new NotThrift("a collection is too large");
}

function wireType(type: WireType): number {
  if (typeof type === "string") return wireTypes[type];
  return "list" in type ? listType : "map" in type ? mapType : structType;
}

function least(type: WireType): number {
  if (typeof type === "string") return leastBytes[type];
  return "list" in type ? 5 : "map" in type ? 6 : 1;
}

function positionOf(transport: object): number {
  return "readPos" in transport && typeof transport.readPos === "number" ? transport.readPos : 0;
}
