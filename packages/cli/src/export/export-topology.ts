import { LiveTopology } from '../apply/live-topology.ts';
import { changeable } from '../objects/shared.ts';
import type { Session } from '../session.ts';
import { exportBridge } from './export-bridge.ts';
import { exportChain, exportIpGroups, exportMirrors, exportPortGroups, exportQosPolicies } from './export-filters.ts';
import { exportInsertions } from './export-insertions.ts';
import { exportLoggingResources, exportTraceRequests } from './export-observers.ts';
import { exportRouter } from './export-router.ts';
import { Exported, mapping, type Part } from './exported.ts';

/** `zones`: with tunnel zones, which belong to no tenant; as `hosts` when it is not said. */
export type ExportScope = { readonly tenant: string | undefined; readonly hosts: boolean; readonly zones?: boolean };

/** The live topology as a document for `apply`, and what a file cannot say. */
export async function exportTopology(
  session: Session,
  { tenant: owner, hosts, zones, several = false }: ExportScope & { readonly several?: boolean },
): Promise<{ readonly document: Part; readonly left: readonly string[] }> {
  const live = await LiveTopology.load(session, owner);
  const names = new Map([...live.hosts].map(([key, { id }]) => [id, key]));
  const from = new Exported(live, hosts ? names : undefined);
  await leaveDetached(session, from, owner);
  const each = async <T>(
    map: ReadonlyMap<string, T>,
    one: (key: string, value: T) => unknown,
  ): Promise<Part | undefined> => {
    const parts: [string, unknown][] = [];
    for (const [name, value] of map) parts.push([name, await one(name, value)]);
    return mapping(parts);
  };
  const document = {
    // Among others the provider's is named too: it is not all there is.
    tenant: owner === '' && !several ? undefined : owner,
    tunnelZones: (zones ?? hosts) && hosts ? mapping(await exportZones(session, from)) : undefined,
    loggingResources: exportLoggingResources(from),
    chains: await each(live.chains, (key, chain) => exportChain(session, from, key, chain)),
    ipAddressGroups: await exportIpGroups(session, from),
    portGroups: exportPortGroups(from),
    qosPolicies: exportQosPolicies(from),
    mirrors: exportMirrors(from),
    bridges: await each(live.bridges, (key, bridge) => exportBridge(session, from, key, bridge)),
    routers: await each(live.routers, (key, router) => exportRouter(session, from, key, router)),
    insertions: await exportInsertions(session, from),
    traceRequests: exportTraceRequests(from),
  };
  return { document: plain(document) as Part, left: from.left };
}

/**
 * The whole cloud, a document for each tenant: the provider's first, with what is about hosts, as others
 * may be bound there.
 */
export async function exportCloud(
  session: Session,
  hosts: boolean,
): Promise<{ readonly documents: readonly Part[]; readonly left: readonly string[] }> {
  const owners = await tenantsOf(session);
  const [only] = owners;
  if (owners.length <= 1) {
    const { document, left } = await exportTopology(session, { tenant: only === '' ? undefined : only, hosts });
    return { documents: [document], left };
  }
  const documents: Part[] = [];
  const left: string[] = [];
  for (const [index, tenant] of owners.entries()) {
    const one = await exportTopology(session, { tenant, hosts, zones: index === 0, several: true });
    documents.push(one.document);
    left.push(...one.left);
  }
  return { documents, left };
}

/** Who owns something that a file can say, '' for the provider. */
async function tenantsOf({ directory }: Session): Promise<string[]> {
  const all = await Promise.all([
    ...[
      directory.bridges().then(changeable),
      directory.routers().then(changeable),
      directory.chains(),
      directory.portGroups(),
    ],
    ...[directory.ipAddrGroups(), directory.qosPolicies(), directory.loggingResources()],
  ]);
  const tenants = new Set(all.flat().map(({ tenantId }) => tenantId ?? ''));
  return [...tenants].sort();
}

async function leaveDetached({ directory }: Session, from: Exported, tenant: string | undefined): Promise<void> {
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
