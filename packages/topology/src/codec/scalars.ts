import {
  formatCidr,
  formatIp,
  formatIp4,
  formatIp6,
  formatMac,
  parseCidr,
  parseIp,
  parseIp4,
  parseIp6,
  parseMac,
  type Cidr,
  type Ip4,
  type Ip6,
  type IpAddress,
  type Mac,
} from '@midonet/packet';
import { parseId, type AnyId } from '../ids.ts';
import { decodeFailure, printValue, textual, type FieldCodec } from './field-codec.ts';

export const macField: FieldCodec<Mac> = textual('a MAC such as 02:00:00:00:00:01', parseMac, formatMac);
export const ip4Field: FieldCodec<Ip4> = textual('an IPv4 address', parseIp4, formatIp4);
export const ip6Field: FieldCodec<Ip6> = textual('an IPv6 address', parseIp6, formatIp6);
export const ipField: FieldCodec<IpAddress> = textual<IpAddress>('an IPv4 or IPv6 address', parseIp, formatIp);
export const cidrField: FieldCodec<Cidr> = textual<Cidr>('address/length', parseCidr, formatCidr);

export const textField: FieldCodec<string> = {
  encode: (value) => value,
  decode: (value, field) =>
    typeof value === 'string' ? value : decodeFailure(field, `expected text, got ${printValue(value)}`),
};

export const booleanField: FieldCodec<boolean> = {
  encode: (value) => value,
  decode: (value, field) =>
    typeof value === 'boolean' ? value : decodeFailure(field, `expected true or false, got ${printValue(value)}`),
};

/** A mark that is there or not. */
export const trueField: FieldCodec<true> = {
  encode: (value) => value,
  decode: (value, field) => (value === true ? value : decodeFailure(field, `expected true, got ${printValue(value)}`)),
};

/** A whole number from `min` to `max`, both included. */
export function integerField(min: number, max: number): FieldCodec<number> {
  return {
    encode: (value) => value,
    decode: (value, field) =>
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
        ? value + 0 // -0 becomes 0
        : decodeFailure(field, `expected a whole number from ${min} to ${max}, got ${printValue(value)}`),
  };
}

export function idField<T extends AnyId>(): FieldCodec<T> {
  return textual<T>(
    'a UUID',
    (text) => parseId<T>(text),
    (id) => id,
  );
}

/** One of a closed set of words. */
export function wordField<T extends string>(...words: readonly T[]): FieldCodec<T> {
  return textual<T>(
    words.map((word) => `'${word}'`).join(' or '),
    (text) => words.find((word) => word === text),
    (word) => word,
  );
}
