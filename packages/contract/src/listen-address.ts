import { parseIp, parseIp4, parseIp6 } from '@midonet/packet';

export type ListenAddress = { readonly host: string; readonly port: number };

/** `10.0.0.1:8181`, `[::1]:8181`, `:8181` (every address); undefined for anything else. */
export function listenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) return undefined;
  const host = match[1] ?? match[2] ?? '';
  return { host: host === '' ? '::' : host, port };
}

/** `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53`, `[2001:db8::53]:5353`; undefined for anything else. */
export function addressAndPort(text: string, defaultPort: number): { address: string; port: number } | undefined {
  if (parseIp(text) !== undefined) return { address: text, port: defaultPort };
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const address = bracketed ?? plain ?? '';
  const port = Number(digits);
  const isAddress = bracketed === undefined ? parseIp4(address) !== undefined : parseIp6(address) !== undefined;
  return isAddress && port >= 1 && port <= 65535 ? { address, port } : undefined;
}
