import type { Endpoint } from './endpoint.ts';
import * as access from './endpoints/access.ts';
import * as conf from './endpoints/conf.ts';
import * as balancers from './endpoints/balancers.ts';
import * as batching from './endpoints/batch.ts';
import * as devices from './endpoints/devices.ts';
import * as filters from './endpoints/filters.ts';
import * as history from './endpoints/history.ts';
import * as infrastructure from './endpoints/infrastructure.ts';
import * as mirrors from './endpoints/mirrors.ts';
import * as insertions from './endpoints/l2-insertions.ts';
import * as neutron from './endpoints/neutron.ts';
import * as neutronBalancers from './endpoints/neutron-balancers.ts';
import * as neutronServices from './endpoints/neutron-services.ts';
import * as qos from './endpoints/qos.ts';
import * as service from './endpoints/service.ts';
import * as loggers from './endpoints/rule-loggers.ts';
import * as traces from './endpoints/trace-requests.ts';
import * as tables from './endpoints/bridge-tables.ts';

/** Every endpoint once, by group and operation. Server routes, client and OpenAPI come from it. */
export const endpoints = {
  ...service,
  ...batching,
  ...access,
  ...history,
  ...devices,
  ...filters,
  ...balancers,
  ...qos,
  ...mirrors,
  ...insertions,
  ...traces,
  ...loggers,
  ...tables,
  ...infrastructure,
  ...conf,
  ...neutron,
  ...neutronBalancers,
  ...neutronServices,
} as const;

export type Endpoints = typeof endpoints;
export type GroupName = keyof Endpoints;

export type NamedEndpoint = { readonly group: string; readonly operation: string; readonly endpoint: Endpoint };

/** The same as a flat list, in the order of the definitions. */
export function allEndpoints(): NamedEndpoint[] {
  return Object.entries(endpoints).flatMap(([group, operations]) =>
    Object.entries(operations).map(([operation, endpoint]: [string, Endpoint]) => ({ group, operation, endpoint })),
  );
}
