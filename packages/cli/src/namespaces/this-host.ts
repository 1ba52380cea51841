import type { HostDto } from '@midonet/contract';
import { hostname } from 'node:os';
import { failure } from '../cli-error.ts';
import type { Session } from '../session.ts';
import { VXLAN_OVERHEAD, vxlanOverhead } from '../vxlan-overhead.ts';

/** The host this machine (or this network namespace) is: named, or of its host name, or the only one alive. */
export async function thisHost(session: Session, named: string | undefined): Promise<HostDto> {
  const wanted = named ?? session.env['MIDONET_HOST'];
  if (wanted !== undefined) return session.directory.host(wanted);
  const hosts = await session.directory.hosts();
  const own = hosts.filter((host) => host.name === hostname());
  const alive = hosts.filter((host) => host.alive);
  const [only] = own.length === 1 ? own : alive;
  if (only !== undefined && (own.length === 1 || alive.length === 1)) return only;
  const names = hosts.map((host) => host.name ?? host.id).join(', ');
  throw failure(`which host is this? give --host or MIDONET_HOST; there is ${names === '' ? 'no host yet' : names}`);
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
