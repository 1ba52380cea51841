import type { Chain, ChainId } from '@midonet/topology';
import { z } from 'zod';
import { idField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';

export const chainInput = z.object({
  id: idField<ChainId>().nullish(),
  tenantId: textField.nullish(),
  name: textField.nullish(),
});
export type ChainInput = z.output<typeof chainInput>;

const ids = z.array(z.string());

/** Who sends packets through a chain, and what is in it. A network is a bridge, as MidoNet has it here. */
export const chainUsers = z.object({
  ruleIds: ids,
  networkInboundIds: ids,
  networkOutboundIds: ids,
  routerInboundIds: ids,
  routerOutboundIds: ids,
  routerForwardIds: ids,
  routerLocalRedirectIds: ids,
  portInboundIds: ids,
  portOutboundIds: ids,
  /** Rules of other chains that jump here. */
  jumpRuleIds: ids,
});
export type ChainUsers = z.output<typeof chainUsers>;

export const chainDto = chainUsers.extend({
  id: z.string(),
  uri: z.string(),
  tenantId: z.string().nullable(),
  name: z.string().nullable(),
  rules: z.string(),
});
export type ChainDto = z.output<typeof chainDto>;

export function newChain(input: ChainInput, newId: () => ChainId): Chain {
  return { kind: 'chain', id: input.id ?? newId(), tenantId: input.tenantId ?? '', name: input.name ?? '' };
}

export function updateChain(old: Chain, input: ChainInput): Chain {
  return { ...old, tenantId: input.tenantId ?? old.tenantId, name: input.name ?? old.name };
}

export function chainToDto(chain: Chain, users: ChainUsers, base: Base): ChainDto {
  const { id, tenantId, name } = chain;
  return { id, uri: link(base, 'chains', id), tenantId, name, rules: link(base, 'chains', id, 'rules'), ...users };
}
