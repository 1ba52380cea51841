import { usageError } from '../cli-error.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `90s`, `15m`, `12h`, `90d`, `2w` in seconds. */
export function seconds(what: string, text: string): number {
  const [, number, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (number === undefined || factor === undefined) {
    throw usageError(`${what}: "${text}" is no duration; write it like 15m, 12h or 90d`);
  }
  return Number(number) * factor;
}

/** A duration back from now, or a time as it stands. */
export function timeBack(what: string, text: string, now: number): string {
  if (/^\d+[smhdw]$/.test(text)) return new Date(now - seconds(what, text) * 1000).toISOString();
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw usageError(`${what}: "${text}" is no time; write it like 2h or 2026-01-31T12:00:00Z`);
  return new Date(time).toISOString();
}
