import type { RuleLoggerDto } from '@midonet/contract';
import { change } from '../objects/change.ts';
import type { WantedChain } from './document-filters.ts';
import type { WantedLogger, WantedLoggingResource } from './document-observers.ts';
import { byName, nameIn, parseKey, renamedTo } from './keys.ts';
import type { LiveTopology } from './live-topology.ts';
import { differences, type Change } from './plan.ts';
import { understood } from './wanted-condition.ts';

export function planLoggingResource(
  live: LiveTopology,
  { name, enabled }: WantedLoggingResource,
  tenantId: string | undefined,
): Change[] {
  const resource = live.loggingResources.get(name);
  const what = `logging resource ${name}`;
  const id = live.idOf(what, resource);
  if (resource === undefined) {
    const body = { id, name: nameIn(name) ?? '', tenantId, enabled: enabled ?? true };
    return [{ sign: '+', what, run: (client) => client.loggingResources.create({ body }) }];
  }
  const renamed = renamedTo(name);
  const own = { name: renamed === null ? '' : renamed, enabled };
  const fields = differences(resource, own);
  const run: Change['run'] = (client) => change(client.loggingResources, { id }, own, resource);
  return fields.length === 0 ? [] : [{ sign: '~', what, fields, run }];
}

/** A chain whose loggers the file lists has exactly these. */
export async function planLoggers(
  live: LiveTopology,
  there: readonly RuleLoggerDto[],
  { name: chain, loggers }: WantedChain,
): Promise<Change[]> {
  if (loggers === undefined) return [];
  const chainId = live.idOf(`chain ${chain}`, live.chains.get(chain));
  const old = byName(
    `rule logger of chain ${chain}`,
    there.filter((one) => one.chainId === chainId),
  );
  const changes: Change[] = [];
  const titled = (name: string): string => `rule logger ${name} of chain ${chain}`;
  const kept = new Set(loggers.map(({ name }) => old.get(name)?.id));
  for (const [name, { id }] of old) {
    if (kept.has(id)) continue;
    changes.push({ sign: '-', what: titled(name), run: (client) => client.ruleLoggers.remove({ id }) });
  }
  for (const logger of loggers) {
    changes.push(...(await planLogger(live, { logger, chainId, what: titled(logger.name) }, old.get(logger.name))));
  }
  return changes;
}

/** A logger keeps its resource for life: with another one it is another logger. */
async function planLogger(
  live: LiveTopology,
  { logger, chainId, what }: { readonly logger: WantedLogger; readonly chainId: string; readonly what: string },
  old: RuleLoggerDto | undefined,
): Promise<Change[]> {
  const { name, to, event } = logger;
  const loggingResourceId = await understood(logger.fail, async () => live.named('logging resource', to));
  const body = { id: parseKey(name).id, name: nameIn(name) ?? '', chainId, loggingResourceId, event };
  const make: Change = { sign: '+', what, run: (client) => client.ruleLoggers.create({ body }) };
  if (old === undefined) return [make];
  const { id } = old;
  if (old.loggingResourceId !== loggingResourceId) {
    return [{ sign: '-', what, run: (client) => client.ruleLoggers.remove({ id }) }, make];
  }
  const renamed = renamedTo(name);
  const own = { name: renamed === null ? '' : renamed, event };
  const fields = differences(
    { name: old.name, event: old.event.toLowerCase() },
    { name: renamed, event: event.toLowerCase() },
  );
  const run: Change['run'] = (client) => change(client.ruleLoggers, { id }, own, old);
  return fields.length === 0 ? [] : [{ sign: '~', what, fields, run }];
}
