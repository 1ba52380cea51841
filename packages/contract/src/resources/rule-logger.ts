import {
  CHAIN_LOGS,
  type ChainId,
  type ChainLog,
  type LoggingResource,
  type LoggingResourceId,
  type RuleLogger,
  type RuleLoggerId,
} from '@midonet/topology';
import { z } from 'zod';
import { idField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';
import { LOG_EVENTS } from './chain.ts';

const upper = z.string().transform((text) => text.toUpperCase());
const eventField = upper.pipe(z.enum(LOG_EVENTS, { error: `must be one of ${LOG_EVENTS.join(', ')}` }));
const typeField = upper.pipe(z.enum(['FILE'], { error: 'must be FILE: hosts write decisions to files of their own' }));

export const loggingResourceInput = z.object({
  id: idField<LoggingResourceId>().nullish(),
  tenantId: textField.nullish(),
  /** An extension. */
  name: textField.nullish(),
  type: typeField.nullish(),
  enabled: z.boolean().nullish(),
});
export type LoggingResourceInput = z.output<typeof loggingResourceInput>;

export const loggingResourceDto = z.object({
  id: z.string(),
  uri: z.string(),
  tenantId: z.string(),
  name: z.string(),
  type: z.literal('FILE'),
  enabled: z.boolean(),
  ruleLoggerIds: z.array(z.string()),
});
export type LoggingResourceDto = z.output<typeof loggingResourceDto>;

export function newLoggingResource(input: LoggingResourceInput, newId: () => LoggingResourceId): LoggingResource {
  const { tenantId, name, enabled } = input;
  const common = { kind: 'loggingResource', id: input.id ?? newId(), type: 'file' } as const;
  return { ...common, tenantId: tenantId ?? '', name: name ?? '', enabled: enabled ?? true };
}

export function updateLoggingResourceBy(old: LoggingResource, input: LoggingResourceInput): LoggingResource {
  const { tenantId, name, enabled } = input;
  return { ...old, tenantId: tenantId ?? old.tenantId, name: name ?? old.name, enabled: enabled ?? old.enabled };
}

export function loggingResourceToDto(
  { id, tenantId, name, enabled }: LoggingResource,
  loggers: readonly string[],
  base: Base,
): LoggingResourceDto {
  const uri = link(base, 'logging_resources', id);
  return { id, uri, tenantId, name, type: 'FILE', enabled, ruleLoggerIds: [...loggers] };
}

export const ruleLoggerInput = z.object({
  id: idField<RuleLoggerId>().nullish(),
  name: textField.nullish(),
  loggingResourceId: idField<LoggingResourceId>(),
  chainId: idField<ChainId>(),
  event: eventField.nullish(),
});
export const ruleLoggerUpdate = ruleLoggerInput.extend({
  loggingResourceId: idField<LoggingResourceId>().nullish(),
  chainId: idField<ChainId>().nullish(),
});
export type RuleLoggerInput = z.output<typeof ruleLoggerInput>;
export type RuleLoggerUpdate = z.output<typeof ruleLoggerUpdate>;

export const ruleLoggerDto = z.object({
  id: z.string(),
  uri: z.string(),
  name: z.string(),
  loggingResourceId: z.string(),
  loggingResource: z.string(),
  chainId: z.string(),
  chain: z.string(),
  event: z.enum(LOG_EVENTS),
});
export type RuleLoggerDto = z.output<typeof ruleLoggerDto>;

export function newRuleLogger(input: RuleLoggerInput, newId: () => RuleLoggerId): RuleLogger {
  const { name, loggingResourceId, chainId, event } = input;
  const common = { kind: 'ruleLogger', id: input.id ?? newId(), name: name ?? '' } as const;
  return { ...common, loggingResourceId, chainId, event: eventOf(event) ?? 'all' };
}

export function updateRuleLoggerBy(old: RuleLogger, input: RuleLoggerUpdate): RuleLogger {
  const { name, loggingResourceId, chainId, event } = input;
  return {
    ...old,
    name: name ?? old.name,
    loggingResourceId: loggingResourceId ?? old.loggingResourceId,
    chainId: chainId ?? old.chainId,
    event: eventOf(event) ?? old.event,
  };
}

function eventOf(event: RuleLoggerUpdate['event']): ChainLog | undefined {
  return CHAIN_LOGS.find((log) => log.toUpperCase() === event);
}

export function ruleLoggerToDto(
  { id, name, loggingResourceId, chainId, event }: RuleLogger,
  base: Base,
): RuleLoggerDto {
  return {
    id,
    uri: link(base, 'rule_loggers', id),
    name,
    loggingResourceId,
    loggingResource: link(base, 'logging_resources', loggingResourceId),
    chainId,
    chain: link(base, 'chains', chainId),
    event: LOG_EVENTS.find((word) => word.toLowerCase() === event) ?? 'ALL',
  };
}
