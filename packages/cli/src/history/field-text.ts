import type { FieldChange } from '@midonet/contract';

/** `name: "red" → "blue"`; `+` and `-` for what came and went is told by an empty side. */
export function fieldText({ field, before, after }: FieldChange): string {
  return `${field}: ${valueText(before)} → ${valueText(after)}`;
}

export function valueText(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (typeof value === 'string' && value !== '') return value;
  return JSON.stringify(value);
}
