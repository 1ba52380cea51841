import type { ChainLog } from './filter-entities.ts';
import type { ChainId, LoggingResourceId, RuleLoggerId } from './ids.ts';

/** Where loggers write: each host's own file. Switches all its loggers on and off together. */
export type LoggingResource = {
  readonly kind: 'loggingResource';
  readonly id: LoggingResourceId;
  readonly tenantId: string;
  readonly name: string;
  readonly type: 'file';
  readonly enabled: boolean;
};

/** Has the decisions of a chain written down. It goes with its chain and with its resource. */
export type RuleLogger = {
  readonly kind: 'ruleLogger';
  readonly id: RuleLoggerId;
  readonly name: string;
  readonly loggingResourceId: LoggingResourceId;
  readonly chainId: ChainId;
  readonly event: ChainLog;
};

/** A logger whose resource is enabled, as its chain knows it. */
export type ActiveLogger = { readonly id: RuleLoggerId; readonly event: ChainLog };

/** Of one chain: all are in the record of the chain. */
export const MAX_LOGGERS_OF_CHAIN = 8;
