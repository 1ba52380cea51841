import { formatIp, parseIp } from '@midonet/packet';
import type { RuleDto } from '@midonet/contract';
import { usageError } from '../cli-error.ts';
import { rangeWord } from './match-words.ts';

export type NatTargetWords = NonNullable<RuleDto['natTargets']>[number];

/** `203.0.113.5`, `203.0.113.5-203.0.113.9:1024-65535`, `[2001:db8::5]:80`, `2001:db8::5`, several by commas. */
export function natTargetsWord(what: string, text: string): NatTargetWords[] {
  return text.split(',').map((one) => targetWord(what, one.trim()));
}

function targetWord(what: string, text: string): NatTargetWords {
  const [, inBrackets, portsBehind] = /^\[([^\]]*)\](?::(.*))?$/.exec(text) ?? [];
  const bare = (text.match(/:/g) ?? []).length > 1; // IPv6 without brackets: all of it is address
  const [before = '', behind] = bare ? [text] : text.split(':');
  const [from = '', to = from, ...rest] = (inBrackets ?? before).split('-').map((part) => part.trim());
  const [first, last] = [parseIp(from), parseIp(to)];
  if (first === undefined || last === undefined || rest.length > 0) {
    throw usageError(`${what}: "${text}" is no address or range like 203.0.113.5:1024-65535 or [2001:db8::5]:80`);
  }
  const ports = inBrackets === undefined ? behind : portsBehind;
  const { start, end } = ports === undefined ? { start: 0, end: 0 } : rangeWord(what, ports);
  return { addressFrom: formatIp(first), addressTo: formatIp(last), portFrom: start, portTo: end };
}

/** As it can be written. */
export function natTargetText({ addressFrom, addressTo, portFrom, portTo }: NatTargetWords): string {
  const addresses = addressFrom === addressTo ? addressFrom : `${addressFrom}-${addressTo}`;
  if (portFrom === 0 && portTo === 0) return addresses;
  const ports = portFrom === portTo ? String(portFrom) : `${portFrom}-${portTo}`;
  return `${addressFrom.includes(':') ? `[${addresses}]` : addresses}:${ports}`;
}
