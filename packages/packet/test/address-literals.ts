import { parseIp4, parseIp6, parseMac, type Ip4, type Ip6, type Mac } from '../src/index.ts';

/** Addresses as literals in tests; throw on a typing error. */
export function mac(text: string): Mac {
  return must(parseMac(text), text);
}

export function ip4(text: string): Ip4 {
  return must(parseIp4(text), text);
}

export function ip6(text: string): Ip6 {
  return must(parseIp6(text), text);
}

function must<T>(value: T | undefined, text: string): T {
  if (value === undefined) throw new Error(`not an address: ${text}`);
  return value;
}
