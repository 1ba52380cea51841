import type { WantedFilters, WantedRouterFilters } from './document-filters.ts';
import type { TopologyDocument } from './document.ts';
import { FILTER_FIELDS, MIRROR_FIELDS } from './filter-fields.ts';
import type { LiveTopology } from './live-topology.ts';
import type { Change } from './plan.ts';
import { change } from '../objects/change.ts';
import type { DeviceKind } from '../objects/device-kind.ts';

type Ids = Readonly<Record<string, string | null | string[]>>;

/**
 * Which chain filters what and which mirrors are shown it, last of all: a device gets its chain when the
 * rules are in it. Only filters that the file names are changed; `none` takes one off. With `prune`, one that
 * the file does not name is taken off as well; its chain stays, as other files may use it.
 */
export function planFilters(live: LiveTopology, document: TopologyDocument, prune: boolean): Change[] {
  const changes: Change[] = [];
  for (const bridge of document.bridges) {
    const found = live.bridges.get(bridge.name);
    const id = live.idOf(`bridge ${bridge.name}`, found);
    const update =
      (body: Ids): Change['run'] =>
      (client) =>
        change(client.bridges, { id }, body, found);
    changes.push(...plan(live, { what: `bridge ${bridge.name}`, found, wanted: bridge.filters, prune, update }));
    for (const port of bridge.ports)
      changes.push(...planPort(live, { id, kind: 'bridge', name: bridge.name, prune }, port));
  }
  for (const router of document.routers) {
    const found = live.routers.get(router.name);
    const id = live.idOf(`router ${router.name}`, found);
    const update =
      (body: Ids): Change['run'] =>
      (client) =>
        change(client.routers, { id }, body, found);
    changes.push(...plan(live, { what: `router ${router.name}`, found, wanted: router.filters, prune, update }));
    for (const port of router.ports)
      changes.push(...planPort(live, { id, kind: 'router', name: router.name, prune }, port));
  }
  return changes;
}

function planPort(
  live: LiveTopology,
  device: { readonly id: string; readonly kind: DeviceKind; readonly name: string; readonly prune: boolean },
  port: { readonly name: string; readonly filters: WantedFilters },
): Change[] {
  const found = live.port(device.id, port.name);
  const id = live.idOfPort(device.kind, `${device.name}/${port.name}`, found);
  const update =
    (body: Ids): Change['run'] =>
    (client) =>
      change(client.ports, { id }, body, found);
  return plan(live, {
    what: `port ${port.name} on ${live.hasBoth(device.name) ? `${device.kind} ` : ''}${device.name}`,
    found,
    wanted: port.filters,
    prune: device.prune,
    update,
  });
}

const FIELDS = { ...FILTER_FIELDS, ...MIRROR_FIELDS };

function plan(
  live: LiveTopology,
  one: {
    readonly what: string;
    readonly found: Readonly<Record<string, unknown>> | undefined;
    readonly wanted: WantedFilters | WantedRouterFilters;
    readonly prune: boolean;
    readonly update: (body: Ids) => Change['run'];
  },
): Change[] {
  const body: Record<string, string | null | string[]> = {};
  const fields: string[] = [];
  for (const [hook, named] of Object.entries(one.wanted)) {
    const chain = named === undefined && one.prune ? null : named;
    const field = Object.entries(FIELDS).find(([name]) => name === hook)?.[1];
    if (chain === undefined || field === undefined) continue;
    if (hook.endsWith('Mirrors')) {
      const wanted = listed(chain).map((name) => live.named('mirror', name));
      const had = stringsOf(one.found?.[field]);
      if (had.join() === wanted.join()) continue;
      body[field] = wanted;
      fields.push(`${hook}: ${namesOf(live, had)} → ${listed(chain).join(',') || 'none'}`);
      continue;
    }
    if (isList(chain)) continue; // of mirrors alone
    const id = chain === null ? null : live.named(hook === 'qos' ? 'QoS policy' : 'chain', chain);
    const old = one.found?.[field] ?? null;
    if (old === id) continue;
    body[field] = id;
    fields.push(`${hook}: ${typeof old === 'string' ? live.nameOf(old) : 'none'} → ${chain ?? 'none'}`);
  }
  if (fields.length === 0) return [];
  return [{ sign: '~', what: `filters of ${one.what}`, fields, run: one.update(body) }];
}

/** What a file says of mirrors. */
function listed(names: string | readonly string[] | null): readonly string[] {
  return isList(names) ? names : [];
}

function isList(value: string | readonly string[] | null): value is readonly string[] {
  return Array.isArray(value);
}

function stringsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function namesOf(live: LiveTopology, ids: readonly string[]): string {
  return ids.map((id) => live.nameOf(id)).join(',') || 'none';
}
