import type { QosPolicyDto } from '@midonet/contract';
import { usageError } from '../cli-error.ts';

type Rules = QosPolicyDto['rules'];
/** A rule as the API takes it inside its policy. */
export type QosRuleBody =
  | {
      readonly type: 'bandwidth_limit';
      readonly maxKbps: number;
      readonly maxBurstKb: number;
      readonly direction: 'egress' | 'ingress';
    }
  | { readonly type: 'dscp_marking'; readonly dscpMark: number };

/** What a policy does, as it is written: `egress: 50M`, with a burst `50M/5M`. */
export type QosText = Partial<Readonly<Record<'egress' | 'ingress' | 'dscp', string>>>;

const UNITS: Readonly<Record<string, number>> = { k: 1, m: 1000, g: 1_000_000 };

/** Thousands of bits; `50M`, `500k`, `1.5G`, and a bare number is thousands. Undefined when it is none. */
function kilobits(text: string): number | undefined {
  const [, number = '', unit = 'k'] = /^([0-9]+(?:\.[0-9]+)?)([kmg]?)$/i.exec(text) ?? [];
  const value = Math.round(Number(number) * (UNITS[(unit === '' ? 'k' : unit).toLowerCase()] ?? 1));
  return number !== '' && value >= 1 && value <= 0x7fffffff ? value : undefined;
}

/** The rules of a policy; `fail` says where the mistake is. */
export function qosRules(text: QosText, fail: (message: string) => never = usage): QosRuleBody[] {
  const rules: QosRuleBody[] = [];
  for (const direction of ['egress', 'ingress'] as const) {
    const written = text[direction];
    if (written === undefined) continue;
    const [rate = '', burst] = written.split('/');
    const [maxKbps, maxBurstKb] = [kilobits(rate), burst === undefined ? 0 : kilobits(burst)];
    if (maxKbps === undefined || maxBurstKb === undefined) {
      fail(`${direction}: "${written}" is no rate like 50M (bits a second), or 50M/5M with a burst`);
    }
    rules.push({ type: 'bandwidth_limit', maxKbps, maxBurstKb, direction });
  }
  if (text.dscp !== undefined) {
    const dscpMark = /^[0-9]+$/.test(text.dscp) ? Number(text.dscp) : 64;
    if (dscpMark > 63) fail(`dscp: "${text.dscp}" is no whole number from 0 to 63`);
    rules.push({ type: 'dscp_marking', dscpMark });
  }
  return rules;
}

function usage(message: string): never {
  throw usageError(message);
}

/** The same the other way round. */
export function qosText(rules: Rules): QosText {
  const text: Partial<Record<'egress' | 'ingress' | 'dscp', string>> = {};
  for (const { type, maxKbps, maxBurstKb, direction, dscpMark } of rules) {
    if (type === 'dscp_marking') {
      text.dscp = String(dscpMark);
      continue;
    }
    const burst = maxBurstKb === null || maxBurstKb === 0 ? '' : `/${short(maxBurstKb)}`;
    for (const one of ['egress', 'ingress'] as const) {
      if (direction === one || direction === 'both') text[one] = `${short(maxKbps ?? 0)}${burst}`;
    }
  }
  return text;
}

function short(kilobits: number): string {
  if (kilobits % 1_000_000 === 0) return `${kilobits / 1_000_000}G`;
  return kilobits % 1000 === 0 ? `${kilobits / 1000}M` : `${kilobits}k`;
}
