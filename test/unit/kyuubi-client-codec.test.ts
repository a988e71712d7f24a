import fc from "fast-check";
import { expect, test } from "vitest";
import { loadCodec, NotThrift } from "../../src/clouds/kyuubi/codec.ts";
import { struct as declare, type Value } from "../../src/clouds/kyuubi/schema.ts";
import { functions } from "../../src/clouds/kyuubi/tcli.ts";
import { i32, list, struct, text } from "./kyuubi-client.support.ts";

const codec = await loadCodec();

const everything = declare({
  flag: [1, "bool"],
  small: [2, "byte"],
  short: [3, "i16"],
  int: [4, "i32"],
  long: [5, "i64"],
  real: [6, "double"],
  name: [7, "string"],
  bytes: [8, "binary"],
  names: [9, { list: "string" }],
  longs: [10, { list: "i64" }],
  settings: [11, { map: ["string", "i32"] }],
  inner: [12, declare({ deep: [1, { list: declare({ value: [1, "i64"] }) }] })],
});

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const name = fc.string({ unit: "grapheme" }).map((value) => value.toWellFormed());
const anything: fc.Arbitrary<Value<typeof everything>> = fc.record(
  {
    flag: fc.boolean(),
    small: fc.integer({ min: -128, max: 127 }),
    short: fc.integer({ min: -32768, max: 32767 }),
    int: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    long,
    real: fc.double(),
    name,
    bytes: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    names: fc.array(name),
    longs: fc.array(long),
    settings: fc.array(fc.tuple(name, fc.nat(1000))).map((entries) => new Map(entries)),
    inner: fc.record({ deep: fc.array(fc.record({ value: long })) }),
  },
  { requiredKeys: [] },
);

test("what is written is read back as it was", () => {
  fc.assert(
    fc.property(anything, (value) => {
      expect(codec.decode(everything, codec.encode(everything, value))).toEqual(value);
    }),
  );
});

test("bytes cut short are told, never read as something else", () => {
  fc.assert(
    fc.property(anything, fc.nat(), (value, cut) => {
      const bytes = codec.encode(everything, value);
      const short = bytes.subarray(0, cut % bytes.length);
      expect(() => codec.decode(everything, short)).toThrow(NotThrift);
    }),
  );
});

test("random bytes give a value or the one error, whatever they are", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      try {
        codec.decode(functions.FetchResults.response, Buffer.from(noise));
      } catch (error) {
        expect(error).toBeInstanceOf(NotThrift);
      }
    }),
    { numRuns: 2000 },
  );
});

test("fields of a newer version are passed over", () => {
  const newer = struct({ 1: struct({ 1: i32(0), 99: list("struct", [struct({ 5: text("new") })]) }), 77: text("x") });
  expect(codec.decode(functions.CloseSession.response, newer.bytes)).toEqual({ status: { statusCode: 0 } });
});

test("a list that claims more items than the answer has bytes is refused at once", () => {
  const claim = Buffer.from("0f0002" + "0b" + "7fffffff", "hex");
  const status = Buffer.concat([Buffer.from("0c0001", "hex"), claim]);
  expect(() => codec.decode(functions.CloseSession.response, status)).toThrow("too large");
});

test("a list of negative size is refused", () => {
  const status = Buffer.from("0c0001" + "0f0002" + "0b" + "ffffffff" + "0000", "hex");
  expect(() => codec.decode(functions.CloseSession.response, status)).toThrow("too large");
});

test("structs nested without end are refused", () => {
  const nested = Buffer.from("0c0063".repeat(10_000), "hex");
  expect(() => codec.decode(functions.CloseSession.response, nested)).toThrow(NotThrift);
});

test("the reply to another call is not taken for this one's", () => {
  const reply = (fname: string, sequence: number) => {
    const bytes = codec.encodeCall("CloseSession", sequence, {});
    return Buffer.from(bytes.toString("latin1").replace("CloseSession", fname), "latin1");
  };
  const answer = (bytes: Buffer) => {
    bytes[3] = 2;
    return bytes;
  };
  expect(() => codec.decodeReply("CloseSession", 7, answer(reply("CloseSession", 8)))).toThrow("not the reply");
  expect(() => codec.decodeReply("CloseSession", 7, answer(reply("OpenSessions", 7)))).toThrow("not the reply");
});

test("an exception of the server is told in its words", () => {
  const begin = Buffer.from(`80010003${text("CloseSession").bytes.toString("hex")}00000001`, "hex");
  const exception = struct({ 1: text("Invalid method name"), 2: i32(1) });
  expect(() => codec.decodeReply("CloseSession", 1, Buffer.concat([begin, exception.bytes]))).toThrow(
    "Invalid method name",
  );
});
