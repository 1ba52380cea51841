import type { Session } from '../session.ts';
import type { WantedZone } from './document.ts';
import type { LiveTopology } from './live-topology.ts';
import { differences, type Change } from './plan.ts';
import { change } from '../objects/change.ts';

export async function planZone(session: Session, live: LiveTopology, wanted: WantedZone): Promise<Change[]> {
  const changes: Change[] = [];
  const zone = live.zones.get(wanted.name);
  const id = live.idOf(`zone ${wanted.name}`, zone);
  const { name, type } = wanted;
  if (zone === undefined) {
    changes.push({
      sign: '+',
      what: `tunnel zone ${name}`,
      run: (client) => client.tunnelZones.create({ body: { id, name, type } }),
    });
  } else {
    const fields = differences(zone, { type });
    if (fields.length > 0) {
      const run: Change['run'] = (client) => change(client.tunnelZones, { id }, { type }, zone);
      changes.push({ sign: '~', what: `tunnel zone ${name}`, fields, run });
    }
  }
  const members = zone === undefined ? [] : await session.client.tunnelZoneHosts.list({ id });
  for (const host of wanted.hosts) {
    const hostId = live.hostId(host.name);
    const member = members.find((one) => one.hostId === hostId);
    const what = `host ${host.name} in tunnel zone ${name}`;
    const ipAddress = host.address;
    if (member === undefined) {
      changes.push({
        sign: '+',
        what: `${what}, ${ipAddress}`,
        run: (client) => client.tunnelZoneHosts.create({ id, body: { hostId, ipAddress } }),
      });
    } else if (member.ipAddress !== ipAddress) {
      changes.push({
        sign: '~',
        what,
        fields: [`address: ${member.ipAddress} → ${ipAddress}`],
        run: (client) => change(client.tunnelZoneHosts, { id, hostId }, { ipAddress }, member),
      });
    }
  }
  return changes;
}
