import { read8 } from './bytes.ts';
import { malformed, type ParseFailure } from './parse-failure.ts';

/**
 * IPv4 options, RFC 791 3.1: a type alone (end of list 0, no operation 1), or type, length of all
 * of it, data. Every option is kept as its bytes; names exist for printing and matching.
 */
export const IPV4_OPTION = {
  end: 0,
  nop: 1,
  recordRoute: 7,
  timestamp: 68,
  looseSourceRoute: 131,
  strictSourceRoute: 137,
  routerAlert: 148,
} as const;

export type Ipv4Option = { readonly type: number; readonly data: Uint8Array };
export type Ipv4Options = { readonly kind: 'ipv4Options'; readonly options: readonly Ipv4Option[] };

/** Reads the option bytes of a header. Stops at end-of-list; no-operation padding is left out. */
export function parseIpv4Options(bytes: Uint8Array): Ipv4Options | ParseFailure {
  const options: Ipv4Option[] = [];
  let at = 0;
  while (at < bytes.length) {
    const type = read8(bytes, at);
    if (type === IPV4_OPTION.end) break;
    if (type === IPV4_OPTION.nop) {
      at++;
      continue;
    }
    const length = at + 1 < bytes.length ? read8(bytes, at + 1) : 0;
    if (length < 2 || at + length > bytes.length) {
      return malformed('ipv4', `option ${type} of length ${length} in ${bytes.length - at} bytes`);
    }
    options.push({ type, data: bytes.slice(at + 2, at + length) });
    at += length;
  }
  return { kind: 'ipv4Options', options };
}

/** The option bytes for `Ipv4.options`, padded to a multiple of 4. */
export function emitIpv4Options(options: readonly Ipv4Option[]): Uint8Array {
  const bytes = options.flatMap(({ type, data }) => [type, data.length + 2, ...data]);
  while (bytes.length % 4 !== 0) bytes.push(IPV4_OPTION.end);
  return Uint8Array.from(bytes);
}
