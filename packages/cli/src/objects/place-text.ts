import { formatIp, parseIp } from '@midonet/packet';
import { usageError } from '../cli-error.ts';

export type Place = { readonly address: string; readonly protocolPort: number };

const FORM = /^(?:\[(?<six>[^\]]+)\]|(?<four>[^:[\]]+)):(?<port>\d{1,5})$/;

/** `10.0.0.2:80` or `[2001:db8::2]:80` (RFC 3986, 3.2.2); undefined when it is neither. */
export function parsePlace(text: string): Place | undefined {
  const { six, four, port } = FORM.exec(text)?.groups ?? {};
  const ip = parseIp(six ?? four ?? '');
  const protocolPort = Number(port);
  if (ip === undefined || (typeof ip === 'number') !== (six === undefined)) return undefined;
  return protocolPort >= 1 && protocolPort <= 0xffff ? { address: formatIp(ip), protocolPort } : undefined;
}

export const PLACE_FORM = 'an address and port like 10.0.0.2:80 or [2001:db8::2]:80';

export function placeArgument(what: string, text: string): Place {
  const place = parsePlace(text);
  if (place === undefined) throw usageError(`${what}: "${text}" is not ${PLACE_FORM}`);
  return place;
}

export function placeText({ address, protocolPort }: Place): string {
  return address.includes(':') ? `[${address}]:${protocolPort}` : `${address}:${protocolPort}`;
}
