import type { PortDto } from '@midonet/contract';
import { allowedText, type AllowedAddresses } from '../objects/allowed-addresses.ts';
import type { Session } from '../session.ts';
import { planClaims, type Claim, type Patch } from './claims.ts';
import type { WantedBridge } from './document.ts';
import type { LiveTopology } from './live-topology.ts';
import { nameIn, renamedTo } from './keys.ts';
import { planDhcp6 } from './plan-dhcp6.ts';
import { planTables } from './plan-bridge-tables.ts';
import { planDhcp } from './plan-dhcp.ts';
import { differences, type Change } from './plan.ts';
import { change } from '../objects/change.ts';

export async function planBridge(
  session: Session,
  live: LiveTopology,
  { wanted, tenant }: { readonly wanted: WantedBridge; readonly tenant: string | undefined },
): Promise<Change[]> {
  const { name } = wanted;
  const bridge = live.bridges.get(name);
  const id = live.idOf(`bridge ${name}`, bridge);
  const changes: Change[] = [];
  if (bridge === undefined) {
    const body = { id, name: nameIn(name), tenantId: tenant, adminStateUp: wanted.up, shared: wanted.shared };
    changes.push({ sign: '+', what: `bridge ${name}`, run: (client) => client.bridges.create({ body }) });
  } else {
    const body = { name: renamedTo(name), adminStateUp: wanted.up, shared: wanted.shared };
    const fields = differences(bridge, body);
    const run: Change['run'] = (client) => change(client.bridges, { id }, body, bridge);
    if (fields.length > 0) changes.push({ sign: '~', what: `bridge ${name}`, fields, run });
  }
  // Who moves goes before who comes: a new port may get the VLAN that another leaves.
  const made: Change[] = [];
  const claims: Claim[] = [];
  for (const port of wanted.ports) {
    const found = live.port(id, port.name);
    const portId = live.idOfPort('bridge', `${name}/${port.name}`, found);
    const what = `port ${port.name} on bridge ${name}`;
    const own = { vifId: renamedTo(port.name), adminStateUp: port.up, vlanId: port.vlan, instanceId: port.instance };
    const body = { ...own, allowedAddresses: port.allowed };
    if (found === undefined) {
      const run: Change['run'] = (client) =>
        client.bridges.createPort({ id, body: { ...body, id: portId, vifId: nameIn(port.name), type: 'Bridge' } });
      made.push({ sign: '+', what, run });
    } else {
      const claim = vlanClaim(live, found, { what, vlan: port.vlan });
      if (claim !== undefined) claims.push(claim);
      const vlanId = claim === undefined && !isLate(live, found, port.vlan) ? port.vlan : undefined;
      const alone = { ...own, vlanId };
      const fields = [...differences(found, alone), ...guardDifference(found, port.allowed)];
      const run: Change['run'] = (client) => change(client.ports, { id: portId }, { ...body, ...alone }, found);
      if (fields.length > 0) changes.push({ sign: '~', what, fields, run });
    }
  }
  changes.push(...planClaims(claims), ...made);
  if (wanted.dhcp.length > 0) {
    changes.push(...(await planDhcp(session, { id, name, exists: bridge !== undefined }, wanted.dhcp)));
  }
  changes.push(...(await planDhcp6(session, { id, name, exists: bridge !== undefined }, wanted.dhcp6)));
  changes.push(...(await planTables(session, live, { wanted, id, exists: bridge !== undefined })));
  return changes;
}

/**
 * VLANs of ports that are linked to one with a VLAN now, which the link does not allow: it moves first. To be called
 * when links are planned. These had none, so nobody waits for them.
 */
export function planLateVlans(live: LiveTopology, bridges: readonly WantedBridge[]): Change[] {
  return bridges.flatMap(({ name, ports }) => {
    const id = live.bridges.get(name)?.id;
    return ports.flatMap((port): Change[] => {
      const found = id === undefined ? undefined : live.port(id, port.name);
      if (found === undefined || !isLate(live, found, port.vlan)) return [];
      const body = { vlanId: port.vlan };
      const run: Change['run'] = (client) => change(client.ports, { id: found.id }, body, found);
      return [{ sign: '~', what: `port ${port.name} on bridge ${name}`, fields: differences(found, body), run }];
    });
  });
}

function isLate(live: LiveTopology, { vlanId, peerId }: PortDto, vlan: number | null | undefined): boolean {
  if (vlan === undefined || vlan === null || isTagged(vlanId) || peerId === null) return false;
  return isTagged(live.ports.find(({ id }) => id === peerId)?.vlanId);
}

/** 0 is none, as null is. */
export function isTagged(vlanId: number | null | undefined): boolean {
  return vlanId !== undefined && vlanId !== null && vlanId !== 0;
}

/** When another port of the bridge has that VLAN now. */
function vlanClaim(
  live: LiveTopology,
  found: PortDto,
  { what, vlan }: { readonly what: string; readonly vlan: number | null | undefined },
): Claim | undefined {
  if (vlan === undefined || vlan === null || isLate(live, found, vlan)) return undefined;
  const { id, deviceId } = found;
  const isTaken = live.ports.some((one) => one.id !== id && one.deviceId === deviceId && one.vlanId === vlan);
  if (!isTaken) return undefined;
  const patch = (vlanId: number | null): Patch => ({
    path: `/ports/${id}`,
    get: (client) => client.ports.get({ id }),
    planned: found,
    body: { vlanId },
  });
  return {
    change: { sign: '~', what, fields: differences(found, { vlanId: vlan }) },
    takes: [`VLAN ${vlan}`],
    leaves: found.vlanId === null ? [] : [`VLAN ${found.vlanId}`],
    releases: [],
    asides: found.vlanId === null ? [] : [patch(null)],
    sets: [patch(vlan)],
  };
}

function guardDifference(found: PortDto, wanted: AllowedAddresses | null | undefined): string[] {
  if (wanted === undefined) return [];
  const [old, now] = [allowedText(found.allowedAddresses), allowedText(wanted)];
  return old === now ? [] : [`allowed: ${old || 'nobody'} → ${now || 'nobody'}`];
}
