import { deleteEndpoint, getEndpoint, listEndpoint, postEndpoint, putEndpoint } from '../endpoint.ts';
import {
  loggingResourceDto,
  loggingResourceInput,
  ruleLoggerDto,
  ruleLoggerInput,
  ruleLoggerUpdate,
} from '../resources/rule-logger.ts';

const RESOURCE = ['LoggingResource', 1] as const;
const LOGGER = ['RuleLogger', 1] as const;
const resource = { media: RESOURCE, response: loggingResourceDto } as const;
const logger = { media: LOGGER, response: ruleLoggerDto } as const;

export const loggingResources = {
  list: listEndpoint('/logging_resources', {
    summary: 'List logging resources',
    query: ['tenant_id', 'name'],
    ...resource,
  }),
  create: postEndpoint('/logging_resources', {
    summary: 'Create a logging resource, which switches its rule loggers on and off together',
    request: loggingResourceInput,
    ...resource,
  }),
  get: getEndpoint('/logging_resources/{id}', { summary: 'Show a logging resource', ...resource }),
  update: putEndpoint('/logging_resources/{id}', {
    summary: 'Enable, disable or rename a logging resource',
    request: loggingResourceInput,
    ...resource,
  }),
  remove: deleteEndpoint('/logging_resources/{id}', {
    summary: 'Delete a logging resource with its rule loggers',
    media: RESOURCE,
  }),
} as const;

export const ruleLoggers = {
  list: listEndpoint('/rule_loggers', { summary: 'List rule loggers', query: ['chain_id'], ...logger }),
  create: postEndpoint('/rule_loggers', {
    summary: 'Have decisions of a chain logged on every host where they are made',
    request: ruleLoggerInput,
    ...logger,
  }),
  get: getEndpoint('/rule_loggers/{id}', { summary: 'Show a rule logger', ...logger }),
  update: putEndpoint('/rule_loggers/{id}', {
    summary: 'Change which decisions a rule logger logs',
    request: ruleLoggerUpdate,
    ...logger,
  }),
  remove: deleteEndpoint('/rule_loggers/{id}', { summary: 'Delete a rule logger', media: LOGGER }),
} as const;
