import type { Client } from '@midonet/contract';

/** One change that brings the live topology nearer to the file. */
export type Change = {
  readonly sign: '+' | '~' | '-';
  /** What is made or changed: `port web on bridge red`. */
  readonly what: string;
  /** For `~`: the fields, as `name: old → new`. */
  readonly fields?: readonly string[];
  readonly run: (client: Client) => Promise<unknown>;
};

export function printChange(change: Change): string {
  const fields = change.fields ?? [];
  return `${change.sign} ${change.what}${fields.length === 0 ? '' : ` (${fields.join(', ')})`}`;
}

type Value = string | number | boolean | null | readonly string[];

/** The wanted fields that differ from what is there, printed; fields wanted as undefined do not count. */
export function differences(
  live: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, Value | undefined>>,
): string[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const [old, now] = [print(live[name]), print(value)];
    return old === now ? [] : [`${name}: ${old} → ${now}`];
  });
}

function print(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((one) => print(one)).join(' ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
