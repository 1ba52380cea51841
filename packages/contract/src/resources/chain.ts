import { CHAIN_LOGS, type Chain, type ChainId, type ChainLog } from '@midonet/topology';
import { z } from 'zod';
import { idField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';

/** Which decisions of the chain's rules agents log: MidoNet's words. Beyond its Chain, where loggers are objects of their own. */
export const LOG_EVENTS = ['ACCEPT', 'DROP', 'ALL'] as const;

export const chainInput = z.object({
  id: idField<ChainId>().nullish(),
  tenantId: textField.nullish(),
  name: textField.nullish(),
  ruleLogEvent: z.enum(LOG_EVENTS).nullish(),
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
  ruleLogEvent: z.enum(LOG_EVENTS).nullable(),
});
export type ChainDto = z.output<typeof chainDto>;

export function newChain(input: ChainInput, newId: () => ChainId): Chain {
  const { tenantId, name, ruleLogEvent } = input;
  const log = logOf(ruleLogEvent, undefined);
  return { kind: 'chain', id: input.id ?? newId(), tenantId: tenantId ?? '', name: name ?? '', log };
}

export function updateChain(old: Chain, input: ChainInput): Chain {
  const log = logOf(input.ruleLogEvent, old.log);
  return { ...old, tenantId: input.tenantId ?? old.tenantId, name: input.name ?? old.name, log };
}

function logOf(event: ChainInput['ruleLogEvent'], old: ChainLog | undefined): ChainLog | undefined {
  if (event === undefined) return old;
  return CHAIN_LOGS.find((log) => log.toUpperCase() === event);
}

export function chainToDto(chain: Chain, users: ChainUsers, base: Base): ChainDto {
  const { id, tenantId, name } = chain;
  const ruleLogEvent = LOG_EVENTS.find((event) => event.toLowerCase() === chain.log) ?? null;
  const rules = link(base, 'chains', id, 'rules');
  return { id, uri: link(base, 'chains', id), tenantId, name, rules, ruleLogEvent, ...users };
}
