import { CHAIN_LOGS } from '../filter-entities.ts';
import type { ChainId, LoggingResourceId, RuleLoggerId } from '../ids.ts';
import type { ActiveLogger, LoggingResource, RuleLogger } from '../logger-entities.ts';
import { listOf, objectOf, optional, type FieldCodec, type ObjectCodec } from './field-codec.ts';
import { booleanField, idField, textField, wordField } from './scalars.ts';

const event = wordField(...CHAIN_LOGS);

export const activeLoggers: FieldCodec<readonly ActiveLogger[] | undefined> = optional(
  listOf(objectOf<ActiveLogger>({ id: idField<RuleLoggerId>(), event })),
);

export const loggingResourceCodec: ObjectCodec<LoggingResource> = objectOf<LoggingResource>({
  kind: wordField('loggingResource'),
  id: idField<LoggingResourceId>(),
  tenantId: textField,
  name: textField,
  type: wordField('file'),
  enabled: booleanField,
});

export const ruleLoggerCodec: ObjectCodec<RuleLogger> = objectOf<RuleLogger>({
  kind: wordField('ruleLogger'),
  id: idField<RuleLoggerId>(),
  name: textField,
  loggingResourceId: idField<LoggingResourceId>(),
  chainId: idField<ChainId>(),
  event,
});
