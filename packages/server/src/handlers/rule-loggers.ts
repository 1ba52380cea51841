import {
  loggingResourceToDto,
  newLoggingResource,
  newRuleLogger,
  ruleLoggerToDto,
  updateLoggingResourceBy,
  updateRuleLoggerBy,
  type Base,
  type LoggingResourceDto,
} from '@midonet/contract';
import { parseId, type LoggingResource, type LoggingResourceId, type RuleLoggerId } from '@midonet/topology';
import type { Group } from '../http/handlers.ts';
import { found, matches, newId, pathId, type Services } from './services.ts';

export function loggingResourceHandlers({ reader, writer }: Services): Group<'loggingResources'> {
  const present = async (one: LoggingResource, base: Base): Promise<LoggingResourceDto> =>
    loggingResourceToDto(one, await reader.children('loggingResource', one.id, 'ruleLogger'), base);
  return {
    list: async ({ query, base }) => {
      const all = await reader.list('loggingResource');
      return Promise.all(all.filter((one) => matches(query, one.tenantId, one.name)).map((one) => present(one, base)));
    },
    get: async ({ params, base }) => {
      const id = pathId('logging resource', params.id);
      return present(found(await reader.get('loggingResource', id), 'logging resource', params.id), base);
    },
    create: async ({ body, base, author }) =>
      present(await writer.create(newLoggingResource(body, newId), author), base),
    update: async ({ params, body, base, author }) => {
      const id = pathId<LoggingResourceId>('logging resource', params.id);
      const change = (old: LoggingResource): LoggingResource => updateLoggingResourceBy(old, body);
      return present(await writer.update('loggingResource', id, change, author), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('loggingResource', pathId('logging resource', params.id), author);
      return undefined;
    },
  };
}

export function ruleLoggerHandlers({ reader, writer }: Services): Group<'ruleLoggers'> {
  return {
    list: async ({ query, base }) => {
      const chain = query['chain_id'];
      const id = chain === undefined ? undefined : (parseId(chain) ?? 'none');
      const all =
        id === undefined ? await reader.list('ruleLogger') : await reader.childObjects('chain', id, 'ruleLogger');
      return all.map((one) => ruleLoggerToDto(one, base));
    },
    get: async ({ params, base }) => {
      const id = pathId('rule logger', params.id);
      return ruleLoggerToDto(found(await reader.get('ruleLogger', id), 'rule logger', params.id), base);
    },
    create: async ({ body, base, author }) =>
      ruleLoggerToDto(await writer.create(newRuleLogger(body, newId), author), base),
    update: async ({ params, body, base, author }) => {
      const id = pathId<RuleLoggerId>('rule logger', params.id);
      return ruleLoggerToDto(
        await writer.update('ruleLogger', id, (old) => updateRuleLoggerBy(old, body), author),
        base,
      );
    },
    remove: async ({ params, author }) => {
      await writer.remove('ruleLogger', pathId('rule logger', params.id), author);
      return undefined;
    },
  };
}
