import { allEndpoints, API_ROOT, NOT_BUILT, patchables, type NamedEndpoint, type Patchable } from '@midonet/contract';
import { AddressTree, type Found } from './address-tree.ts';

/** What is asked for at an address: an operation of the contract, or a PATCH. */
export type Target =
  | { readonly kind: 'operation'; readonly named: NamedEndpoint }
  | ({ readonly kind: 'patch' } & Patchable);

/** What stands at an address, by the methods. */
export type Served = ReadonlyMap<string, Target>;

const SERVED = new AddressTree<Map<string, Target>>();
for (const named of allEndpoints()) serve(named.endpoint.method, named, { kind: 'operation', named });
for (const one of patchables()) serve('PATCH', one.writing, { kind: 'patch', ...one });

const MISSING = new AddressTree<string>();
for (const { path, feature } of NOT_BUILT) MISSING.at(path, () => feature);

/** Below the root of the API. Undefined where there is nothing. */
export function servedAt(segments: readonly string[]): Found<Served> | undefined {
  return SERVED.find(segments);
}

/** The feature that an address, or one above it, would belong to. */
export function missingAt(segments: readonly string[]): Found<string> | undefined {
  for (let length = segments.length; length > 0; length--) {
    const found = MISSING.find(segments.slice(0, length));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The parts of a path below the root of the API, decoded; undefined when it is none. A slash at its end is nothing. */
export function segmentsOf(path: string): string[] | undefined {
  if (path !== '' && !path.startsWith('/')) return undefined;
  try {
    return path.replace(/\/$/, '').split('/').slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** A path without the root of the API. */
export function belowRoot(path: string): string | undefined {
  return path === API_ROOT || path.startsWith(`${API_ROOT}/`) ? path.slice(API_ROOT.length) : undefined;
}

function serve(method: string, { endpoint }: NamedEndpoint, target: Target): void {
  SERVED.at(endpoint.path, () => new Map()).set(method, target);
}
