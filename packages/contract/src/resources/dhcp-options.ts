import type { DhcpHost } from '@midonet/topology';
import { z } from 'zod';
import { textField } from '../fields.ts';

const option = z.object({ optName: textField, optValue: textField });

/** Options of a host beyond what its subnet says, by name or number. */
export const dhcpOptionsInput = z.array(option).max(64).nullish();
export const dhcpOptionsDto = z.array(z.object({ optName: z.string(), optValue: z.string() }));

export function dhcpOptionsOf(options: readonly z.output<typeof option>[]): DhcpHost['options'] {
  return options.map(({ optName, optValue }) => ({ name: optName, value: optValue }));
}

export function dhcpOptionsToDto(options: DhcpHost['options']): z.output<typeof dhcpOptionsDto> {
  return options.map(({ name, value }) => ({ optName: name, optValue: value }));
}
