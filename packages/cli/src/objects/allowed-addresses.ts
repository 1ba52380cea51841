import { formatCidr, formatMac, parseCidr, parseMac } from '@midonet/packet';
import type { PortDto } from '@midonet/contract';
import { usageError } from '../cli-error.ts';
import type { Options } from '../verbs.ts';

export type AllowedAddresses = NonNullable<PortDto['allowedAddresses']>;

export const ALLOW_OPTION = [
  '--allow <source...>',
  'bridge ports: who may send through it, MAC or MAC=ADDRESS or MAC=PREFIX; none takes the guard off',
] as const;

/** `MAC`, `MAC=ADDRESS` or `MAC=PREFIX`, as the API has it. */
export function parseAllowed(text: string): AllowedAddresses[number] | undefined {
  const at = text.indexOf('=');
  const mac = parseMac(at < 0 ? text : text.slice(0, at));
  if (mac === undefined) return undefined;
  if (at < 0) return { macAddr: formatMac(mac), prefix: null };
  const address = text.slice(at + 1);
  const prefix = parseCidr(address) ?? parseCidr(`${address}/${address.includes(':') ? 128 : 32}`);
  return prefix === undefined ? undefined : { macAddr: formatMac(mac), prefix: formatCidr(prefix) };
}

/** As `parseAllowed` reads it. */
export function allowedText(allowed: PortDto['allowedAddresses']): string {
  if (allowed === null) return 'none';
  return allowed.map(sourceText).join(' ');
}

export function sourceText({ macAddr, prefix }: AllowedAddresses[number]): string {
  return prefix === null ? macAddr : `${macAddr}=${prefix}`;
}

export function allowedBody(options: Options): { readonly allowedAddresses?: AllowedAddresses | null } {
  const words = options.list('allow');
  if (words === undefined) return {};
  if (words.length === 1 && words[0] === 'none') return { allowedAddresses: null };
  const allowedAddresses = words.map((word) => {
    const allowed = parseAllowed(word);
    if (allowed === undefined) throw usageError(`--allow: "${word}" is not MAC, MAC=ADDRESS or MAC=PREFIX`);
    return allowed;
  });
  return { allowedAddresses };
}
