import { ApiError, type HostDto, type PortDto } from '@midonet/contract';
import { spawnSync } from 'node:child_process';
import { CliError } from '../cli-error.ts';
import { thisHost } from '../namespaces/this-host.ts';
import type { Session } from '../session.ts';
import type { ControllerFacts, MtuFacts, PeerFacts } from './cloud-checks.ts';
import { interfaceWith, mtuOf } from './probe-host.ts';

const PATIENCE_MS = 5000;

/** Whether a controller answers and how its clock goes; without any token. */
export async function probeController(url: string): Promise<ControllerFacts> {
  try {
    const before = Date.now();
    const response = await ready(url);
    const middle = (before + Date.now()) / 2;
    const date = Date.parse(response.headers.get('date') ?? '');
    // Cut to the second, so on average half a second behind.
    const ahead = Number.isFinite(date) ? date + 500 - middle : undefined;
    return { url, answer: response.ok ? 'ok' : `its health is HTTP ${response.status}`, ahead };
  } catch (error) {
    const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = inner instanceof Error ? inner.message : String(inner);
    return { url, answer: `no answer: ${why}`, ahead: undefined };
  }
}

async function ready(url: string): Promise<Response> {
  const ask = (path: string) => fetch(new URL(path, url), { signal: AbortSignal.timeout(PATIENCE_MS) });
  const response = await ask('/readyz');
  // Controllers of the release before tell by their health.
  return response.status === 404 ? ask('/healthz') : response;
}

export type CloudFacts = {
  readonly peers: readonly PeerFacts[];
  readonly mtus: readonly MtuFacts[];
  readonly bound: readonly string[];
};

/** What the controller knows of this host; text when it cannot be asked, or knows no such host. */
export async function probeCloud(
  session: Session,
  named: string | undefined,
  stateDir: string,
): Promise<CloudFacts | string> {
  try {
    const host = await thisHost(session, named, stateDir);
    const ports = (await session.directory.ports()).filter(({ hostId }) => hostId === host.id);
    return await facts(session, host, ports);
  } catch (error) {
    if (error instanceof ApiError || error instanceof CliError) return error.message;
    throw error;
  }
}

async function facts(session: Session, host: HostDto, ports: readonly PortDto[]): Promise<CloudFacts> {
  const names = new Map((await session.directory.hosts()).map(({ id, name }) => [id, name ?? id]));
  const bound = ports.flatMap(({ interfaceName }) => interfaceName ?? []);
  const peers: PeerFacts[] = [];
  const mtus: MtuFacts[] = [];
  for (const zone of await session.directory.tunnelZones()) {
    const members = await session.client.tunnelZoneHosts.list({ id: zone.id });
    const own = members.find(({ hostId }) => hostId === host.id);
    if (own === undefined) continue;
    mtus.push(mtuFacts(own.ipAddress, bound));
    for (const { hostId, ipAddress } of members) {
      if (hostId === host.id) continue;
      const answers = ping(ipAddress);
      peers.push({ zone: zone.name, host: names.get(hostId) ?? hostId, address: ipAddress, answers });
    }
  }
  return { peers, mtus, bound };
}

function mtuFacts(address: string, bound: readonly string[]): MtuFacts {
  const name = interfaceWith(address);
  const mtu = name === undefined ? undefined : mtuOf(name);
  const underlay = name === undefined || mtu === undefined ? undefined : { name, address, mtu };
  const sizes = bound.flatMap((one) => {
    const size = mtuOf(one);
    return size === undefined ? [] : [{ name: one, mtu: size }];
  });
  return { underlay, address, bound: sizes };
}

function ping(address: string): boolean | undefined {
  const ran = spawnSync('ping', ['-c', '2', '-i', '0.2', '-W', '2', address], { timeout: 2 * PATIENCE_MS });
  return ran.error !== undefined && ran.status === null && ran.signal === null ? undefined : ran.status === 0;
}
