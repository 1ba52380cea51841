import { LiveTopology } from '../apply/live-topology.ts';
import { failure } from '../cli-error.ts';
import { nameOf } from '../objects/directory.ts';
import { changeable } from '../objects/shared.ts';
import type { Session } from '../session.ts';
import { exportBridge } from './export-bridge.ts';
import { exportChain, exportIpGroups, exportMirrors, exportPortGroups, exportQosPolicies } from './export-filters.ts';
import { exportInsertions } from './export-insertions.ts';
import { exportRouter } from './export-router.ts';
import { Exported, mapping, type Part } from './exported.ts';

export type ExportScope = { readonly tenant: string | undefined; readonly hosts: boolean };

/** The live topology as a document for `apply`, and what a file cannot say. */
export async function exportTopology(
  session: Session,
  { tenant, hosts }: ExportScope,
): Promise<{ readonly document: Part; readonly left: readonly string[] }> {
  const owner = tenant ?? (await onlyTenant(session));
  const live = await LiveTopology.load(session, owner);
  const names = new Map((await session.directory.hosts()).map((host) => [host.id, host.name ?? host.id]));
  const from = new Exported(live, hosts ? names : undefined);
  await leaveNameless(session, from, owner);
  const each = async <T>(map: ReadonlyMap<string, T>, one: (value: T) => unknown): Promise<Part | undefined> => {
    const parts: [string, unknown][] = [];
    for (const [name, value] of map) parts.push([name, await one(value)]);
    return mapping(parts);
  };
  const document = {
    tenant: owner === '' ? undefined : owner,
    tunnelZones: hosts ? mapping(await exportZones(session, from)) : undefined,
    chains: await each(live.chains, (chain) => exportChain(session, from, chain)),
    ipAddressGroups: await exportIpGroups(session, from),
    portGroups: exportPortGroups(from),
    qosPolicies: exportQosPolicies(from),
    mirrors: exportMirrors(from),
    bridges: await each(live.bridges, (bridge) => exportBridge(session, from, bridge)),
    routers: await each(live.routers, (router) => exportRouter(session, from, router)),
    insertions: await exportInsertions(session, from),
  };
  return { document: plain(document) as Part, left: from.left };
}

/** A file has one tenant. */
async function onlyTenant({ directory }: Session): Promise<string | undefined> {
  const all = await Promise.all([
    ...[
      directory.bridges().then(changeable),
      directory.routers().then(changeable),
      directory.chains(),
      directory.portGroups(),
    ],
    ...[directory.ipAddrGroups(), directory.qosPolicies()],
  ]);
  const tenants = new Set(all.flat().map(({ tenantId }) => tenantId ?? ''));
  if (tenants.size > 1) {
    const names = [...tenants].map((one) => (one === '' ? 'none' : one)).join(', ');
    throw failure(`a file is of one tenant, and there are ${names}; say which with --tenant`);
  }
  const [only] = tenants;
  return only === '' ? undefined : only;
}

async function leaveNameless({ directory }: Session, from: Exported, tenant: string | undefined): Promise<void> {
  const kinds = {
    bridge: changeable(await directory.bridges()),
    router: changeable(await directory.routers()),
    chain: await directory.chains(),
    'port group': await directory.portGroups(),
    'IP address group': await directory.ipAddrGroups(),
    'QoS policy': await directory.qosPolicies(),
  };
  for (const [kind, all] of Object.entries(kinds)) {
    for (const one of all) {
      const own = tenant === undefined || one.tenantId === tenant;
      if (own && nameOf(one) === '') from.leave(`${kind} ${one.id}, which has no name`);
    }
  }
  for (const one of await directory.loadBalancers()) {
    if (one.routerId === null && (tenant === undefined || one.tenantId === tenant)) {
      from.leave(`load balancer ${one.id}, which is at no router`);
    }
  }
}

async function exportZones({ client }: Session, from: Exported): Promise<[string, Part][]> {
  return Promise.all(
    [...from.live.zones].map(async ([name, { id, type }]): Promise<[string, Part]> => {
      const hosts = (await client.tunnelZoneHosts.list({ id })).map(
        ({ hostId, ipAddress }) => [from.hosts?.get(hostId) ?? hostId, ipAddress] as const,
      );
      return [name, { type, hosts: mapping(hosts) }];
    }),
  );
}

/** Without members that say nothing; lists and mappings that were asked for stay. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, one]) => one !== undefined && one !== null);
  return Object.fromEntries(kept.map(([name, one]) => [name, plain(one)]));
}
