/**
 * Small codecs that put together the stored JSON form of an entity: one a field, one a record. A
 * decoder takes what came from outside and answers the value or a failure that names the field; it
 * never throws.
 */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [name: string]: JsonValue };

/** Why stored or received JSON is not what it should be. `field` is a path such as `routes[0].gateway`. */
export type DecodeFailure = { readonly kind: 'decodeFailure'; readonly field: string; readonly message: string };

export type FieldCodec<T> = {
  encode(value: T): JsonValue | undefined;
  decode(value: unknown, field: string): T | DecodeFailure;
};

export type ObjectCodec<T> = {
  encode(value: T): JsonObject;
  decode(value: unknown, field: string): T | DecodeFailure;
};

export function decodeFailure(field: string, message: string): DecodeFailure {
  return { kind: 'decodeFailure', field, message };
}

export function isDecodeFailure(value: unknown): value is DecodeFailure {
  return isJsonObject(value) && value['kind'] === 'decodeFailure';
}

export function isJsonObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A short printed form of an unexpected value, for messages; long input is cut. */
export function printValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return typeof value;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** A value written as text: `parse` answers undefined when the text is not one. */
export function textual<T>(what: string, parse: (text: string) => T | undefined, format: (value: T) => string) {
  return {
    encode: format,
    decode(value: unknown, field: string): T | DecodeFailure {
      const parsed = typeof value === 'string' ? parse(value) : undefined;
      return parsed ?? decodeFailure(field, `expected ${what}, got ${printValue(value)}`);
    },
  };
}

/** Left out when undefined; null is read as undefined too. */
export function optional<T>(codec: FieldCodec<T>): FieldCodec<T | undefined> {
  return {
    encode: (value) => (value === undefined ? undefined : codec.encode(value)),
    decode: (value, field) => (value === undefined || value === null ? undefined : codec.decode(value, field)),
  };
}

export function listOf<T>(codec: FieldCodec<T>): FieldCodec<readonly T[]> {
  return {
    encode: (values) => values.map((value) => codec.encode(value) ?? null),
    decode(value, field) {
      if (!Array.isArray(value)) return decodeFailure(field, `expected a list, got ${printValue(value)}`);
      const items: T[] = [];
      for (const [index, item] of value.entries()) {
        const decoded = codec.decode(item, `${field}[${index}]`);
        if (isDecodeFailure(decoded)) return decoded;
        items.push(decoded);
      }
      return items;
    },
  };
}

type Fields<T> = { readonly [K in keyof T]-?: FieldCodec<T[K]> };

/** A record of exactly these members. Unknown ones are passed over, so an older reader survives a newer writer. */
export function objectOf<T extends object>(fields: Fields<T>): ObjectCodec<T> {
  const names = Object.keys(fields) as (keyof T & string)[]; // the literal `fields` has no other keys
  return {
    encode(value) {
      const out: { [name: string]: JsonValue } = {};
      for (const name of names) {
        const encoded = fields[name].encode(value[name]);
        if (encoded !== undefined) out[name] = encoded;
      }
      return out;
    },
    decode(value, field) {
      if (!isJsonObject(value)) return decodeFailure(field, `expected an object, got ${printValue(value)}`);
      const out: Partial<T> = {};
      for (const name of names) {
        const member = Object.hasOwn(value, name) ? value[name] : undefined;
        const decoded = fields[name].decode(member, field === '' ? name : `${field}.${name}`);
        if (isDecodeFailure(decoded)) return decoded;
        if (decoded !== undefined) out[name] = decoded;
      }
      return out as T; // every member that may not be undefined was decoded above
    },
  };
}
