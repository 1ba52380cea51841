import type { Chain } from '../filter-entities.ts';
import { indexKey } from '../keys.ts';
import { MAX_LOGGERS_OF_CHAIN, type LoggingResource, type RuleLogger } from '../logger-entities.ts';
import { refused, type Refused, type WriteList } from './plan.ts';
import type { ReadRecorder } from './read-recorder.ts';

type Read = ReadRecorder<number>;

/** The record of a chain names its active loggers: so agents know them with the chain. */
export async function createRuleLogger(logger: RuleLogger, read: Read, list: WriteList): Promise<Refused | undefined> {
  const resource = await read.get('loggingResource', logger.loggingResourceId);
  if (resource === undefined) {
    return refused('invalid', 'loggingResourceId', `no logging resource ${logger.loggingResourceId}`);
  }
  const chain = await read.get('chain', logger.chainId);
  if (chain === undefined) return refused('invalid', 'chainId', `no chain ${logger.chainId}`);
  const others = await read.below(indexKey('chain', chain.id, 'ruleLogger', ''));
  if (others.length >= MAX_LOGGERS_OF_CHAIN) {
    return refused('conflict', 'chainId', `chain ${chain.id} has ${others.length} loggers, and can have no more`);
  }
  list.create(logger);
  if (resource.enabled) list.update(chain, withLogger(chain, logger));
  return undefined;
}

export async function updateRuleLogger(
  before: RuleLogger,
  after: RuleLogger,
  read: Read,
  list: WriteList,
): Promise<Refused | undefined> {
  for (const member of ['chainId', 'loggingResourceId'] as const) {
    if (before[member] !== after[member]) return refused('invalid', member, 'cannot be changed');
  }
  list.update(before, after);
  const chain = await read.get('chain', after.chainId);
  const isActive = chain?.loggers?.some(({ id }) => id === after.id) === true;
  if (chain !== undefined && isActive && before.event !== after.event) list.update(chain, withLogger(chain, after));
  return undefined;
}

export async function deleteRuleLogger(logger: RuleLogger, read: Read, list: WriteList): Promise<undefined> {
  list.remove(logger);
  const chain = await read.get('chain', logger.chainId);
  if (chain?.loggers !== undefined) list.update(chain, withoutLoggers(chain, [logger]));
  return undefined;
}

/** Switched on or off, all its loggers are; each chain is written once. */
export async function updateLoggingResource(
  before: LoggingResource,
  after: LoggingResource,
  read: Read,
  list: WriteList,
): Promise<undefined> {
  list.update(before, after);
  if (before.enabled === after.enabled) return undefined;
  for (const [chain, loggers] of await loggersByChain(after, read)) {
    const changed = after.enabled ? loggers.reduce(withLogger, chain) : withoutLoggers(chain, loggers);
    list.update(chain, changed);
  }
  return undefined;
}

/** Deletes the resource with its loggers. */
export async function deleteLoggingResource(
  resource: LoggingResource,
  read: Read,
  list: WriteList,
): Promise<undefined> {
  for (const [chain, loggers] of await loggersByChain(resource, read)) {
    for (const logger of loggers) list.remove(logger);
    if (chain.loggers !== undefined) list.update(chain, withoutLoggers(chain, loggers));
  }
  list.remove(resource);
  return undefined;
}

/** A chain goes: its loggers go with it. */
export async function removeLoggersOf(chain: Chain, read: Read, list: WriteList): Promise<void> {
  for (const id of await read.below(indexKey('chain', chain.id, 'ruleLogger', ''))) {
    const logger = await read.get('ruleLogger', id);
    if (logger !== undefined) list.remove(logger);
  }
}

/** What clients say of a chain says nothing of its loggers. */
export function keepLoggers(before: Chain | undefined, after: Chain): Chain {
  return { ...after, loggers: before?.loggers };
}

async function loggersByChain({ id }: LoggingResource, read: Read): Promise<Map<Chain, RuleLogger[]>> {
  const chains = new Map<string, Chain>();
  const found = new Map<Chain, RuleLogger[]>();
  for (const loggerId of await read.below(indexKey('loggingResource', id, 'ruleLogger', ''))) {
    const logger = await read.get('ruleLogger', loggerId);
    const chain = logger && (chains.get(logger.chainId) ?? (await read.get('chain', logger.chainId)));
    if (logger === undefined || chain === undefined) continue;
    chains.set(chain.id, chain);
    found.set(chain, [...(found.get(chain) ?? []), logger]);
  }
  return found;
}

function withLogger(chain: Chain, { id, event }: RuleLogger): Chain {
  return { ...chain, loggers: [...(chain.loggers ?? []).filter((one) => one.id !== id), { id, event }] };
}

function withoutLoggers(chain: Chain, gone: readonly RuleLogger[]): Chain {
  const left = (chain.loggers ?? []).filter(({ id }) => !gone.some((logger) => logger.id === id));
  return { ...chain, loggers: left.length === 0 ? undefined : left };
}
