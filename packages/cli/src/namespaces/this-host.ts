import type { HostDto } from '@midonet/contract';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { failure } from '../cli-error.ts';
import { DEFAULT_STATE } from '../connection.ts';
import type { Session } from '../session.ts';
import { VXLAN_OVERHEAD, vxlanOverhead } from '../vxlan-overhead.ts';

const AGENT = join(DEFAULT_STATE, 'agent');

/**
 * The host this machine (or this network namespace) is: named, or the one that its agent is, or of its
 * host name, or the only one alive.
 */
export async function thisHost(session: Session, named: string | undefined, stateDir = AGENT): Promise<HostDto> {
  const wanted = named ?? session.env['MIDONET_HOST'];
  if (wanted !== undefined) return session.directory.host(wanted);
  const hosts = await session.directory.hosts();
  const agent = agentId(stateDir);
  const enrolled = hosts.find(({ id }) => id === agent);
  if (enrolled !== undefined) return enrolled;
  const own = hosts.filter((host) => host.name === hostname());
  const alive = hosts.filter((host) => host.alive);
  const [only] = own.length === 1 ? own : alive;
  if (only !== undefined && (own.length === 1 || alive.length === 1)) return only;
  const names = hosts.map((host) => host.name ?? host.id).join(', ');
  throw failure(`which host is this? give --host or MIDONET_HOST; there is ${names === '' ? 'no host yet' : names}`);
}

/** Who the agent with this folder is; undefined where there is none, or one may not look. */
function agentId(stateDir: string): string | undefined {
  try {
    return readFileSync(join(stateDir, 'host-id'), 'utf8').trim();
  } catch {
    return undefined;
  }
}

const USUAL_MTU = 1500;

/** The largest MTU whose packets pass the host's tunnels unfragmented. */
export async function overlayMtu(session: Session, host: HostDto): Promise<number> {
  const zones = await session.directory.tunnelZones();
  const members = (await Promise.all(zones.map(({ id }) => session.client.tunnelZoneHosts.list({ id })))).flat();
  const own = members.filter((member) => member.hostId === host.id).map((member) => member.ipAddress);
  const interfaces = await session.client.hostInterfaces.list({ id: host.id });
  const mtus = own.map((address) => {
    const underlay = interfaces.find((one) => one.addresses.includes(address))?.mtu ?? USUAL_MTU;
    return underlay - vxlanOverhead(address);
  });
  return Math.min(USUAL_MTU - VXLAN_OVERHEAD.v4, ...mtus);
}
