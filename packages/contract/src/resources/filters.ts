import type { ChainId, Filters } from '@midonet/topology';
import { z } from 'zod';
import { idField } from '../fields.ts';
import { link, type Base } from '../links.ts';

/** The chains of a bridge, router or port, in what clients send. Null takes the chain off. */
export const filterInput = {
  inboundFilterId: idField<ChainId>().nullish(),
  outboundFilterId: idField<ChainId>().nullish(),
} as const;

export const filterDto = {
  inboundFilterId: z.string().nullable(),
  outboundFilterId: z.string().nullable(),
  inboundFilter: z.string().nullable(),
  outboundFilter: z.string().nullable(),
} as const;

type FilterInput = { readonly [K in keyof Filters]?: ChainId | null | undefined };
type FilterDto = { readonly [K in keyof typeof filterDto]: string | null };

export function filtersOf(input: FilterInput, old: Filters = {}): Filters {
  return {
    inboundFilterId: chainOf(input.inboundFilterId, old.inboundFilterId),
    outboundFilterId: chainOf(input.outboundFilterId, old.outboundFilterId),
  };
}

/** Absent keeps, null clears. */
export function chainOf(given: ChainId | null | undefined, old: ChainId | undefined): ChainId | undefined {
  return given === undefined ? old : (given ?? undefined);
}

export function filtersToDto({ inboundFilterId, outboundFilterId }: Filters, base: Base): FilterDto {
  const uri = (id: ChainId | undefined) => (id === undefined ? null : link(base, 'chains', id));
  return {
    inboundFilterId: inboundFilterId ?? null,
    outboundFilterId: outboundFilterId ?? null,
    inboundFilter: uri(inboundFilterId),
    outboundFilter: uri(outboundFilterId),
  };
}
