/** What a Thrift field can hold, as data: a name for a scalar, an object for the rest. */
export type WireType = Scalar | Struct | { list: WireType } | { map: readonly [WireType, WireType] };
export type Scalar = "bool" | "byte" | "i16" | "i32" | "i64" | "double" | "string" | "binary";

export interface Struct {
  fields: Readonly<Record<string, readonly [id: number, type: WireType]>>;
}

/** The JavaScript value of a wire type. Every field can be missing: a peer may leave out even a required one. */
export type Value<T> = T extends "bool"
  ? boolean
  : T extends "byte" | "i16" | "i32" | "double"
    ? number
    : T extends "i64"
      ? bigint
      : T extends "string"
        ? string
        : T extends "binary"
          ? Buffer
          : T extends { list: infer Item }
            ? Value<Item>[]
            : T extends { map: readonly [infer Key, infer Item] }
              ? Map<Value<Key>, Value<Item>>
              : T extends { fields: infer Fields extends Struct["fields"] }
                ? { [Name in keyof Fields]?: Value<Fields[Name][1]> }
                : never;

/** Keeps the literal types that `Value` reads. */
export function struct<const Fields extends Struct["fields"]>(fields: Fields): { fields: Fields } {
  return { fields };
}
