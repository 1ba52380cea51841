import { formatCidr, formatMac } from '@midonet/packet';
import type { AllowedAddress } from '@midonet/topology';
import { z } from 'zod';
import { macField, prefixField } from '../fields.ts';

/** Beyond MidoNet's API, for bridge ports: who may send through one. Null: everybody. */
export const allowedAddressesInput = z
  .array(z.object({ macAddr: macField, prefix: prefixField.nullish() }))
  .max(256)
  .nullish();

/** `prefix` is null where the MAC may send from any address. */
export const allowedAddressesDto = z.array(z.object({ macAddr: z.string(), prefix: z.string().nullable() })).nullable();

type Input = z.output<typeof allowedAddressesInput>;

/** Absent: as before. */
export function allowedOf(
  input: Input,
  old: readonly AllowedAddress[] | undefined,
): { readonly allowedAddresses: readonly AllowedAddress[] | undefined } {
  if (input === undefined) return { allowedAddresses: old };
  const given = input?.map(({ macAddr, prefix }) => ({ mac: macAddr, prefix: prefix ?? undefined }));
  return { allowedAddresses: given };
}

export function allowedToDto(allowed: readonly AllowedAddress[] | undefined): z.output<typeof allowedAddressesDto> {
  if (allowed === undefined) return null;
  return allowed.map(({ mac, prefix }) => ({
    macAddr: formatMac(mac),
    prefix: prefix === undefined ? null : formatCidr(prefix),
  }));
}
