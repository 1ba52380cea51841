import { isText } from './endpoint.ts';
import type { NamedEndpoint } from './endpoints.ts';

/** Credentials are no topology, what reads does nothing, and a batch has no batches in it. */
const ALONE: ReadonlySet<string> = new Set([
  'login',
  'enrol',
  'enrolments',
  'hostCredentials',
  'users',
  'apiTokens',
  'simulation',
  'restore',
  'batch',
]);

/** Whether an endpoint may be an operation of a batch. */
export function isBatchable({ group, endpoint }: NamedEndpoint): boolean {
  return endpoint.method !== 'GET' && !ALONE.has(group);
}

/** Whether a POST takes a list of bodies, too: it makes them all or none. */
export function takesMany(named: NamedEndpoint): boolean {
  return named.endpoint.method === 'POST' && isBatchable(named) && !isText(named.endpoint);
}
