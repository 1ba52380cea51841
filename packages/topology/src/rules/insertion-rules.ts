import { formatMac, isGroupMac } from '@midonet/packet';
import { indexKey } from '../keys.ts';
import type { L2Insertion } from '../insertion-entities.ts';
import type { PortId } from '../ids.ts';
import { failing } from './failing.ts';
import { refused, type Refused, type Violation, type WriteList } from './plan.ts';
import type { ReadRecorder } from './read-recorder.ts';

type Read = ReadRecorder<number>;

/** Services on the wire of one port, and insertions that one service port serves. */
const MAX_PER_PORT = 256;

export function insertionViolations({ portId, srvPortId, vlan, mac }: L2Insertion): readonly Violation[] {
  return failing(
    [portId === srvPortId, 'srvPortId', 'a port cannot be its own service port'],
    [isGroupMac(mac) || mac === 0, 'mac', 'must be a unicast address'],
    [!(vlan >= 0 && vlan <= 4094), 'vlan', 'must be 0 (frames go as they are) to 4094'],
  );
}

/**
 * Index rows: by both ports and bridges, with the role of the port as value, and what can be there
 * once: a position on the wire of a MAC, and at a service port whatever tells what comes back.
 */
export function insertionRows(one: L2Insertion): ReadonlyMap<string, string> {
  const mac = formatMac(one.mac);
  return new Map([
    [indexKey('bridge', one.bridgeId, 'insertion', one.id), ''],
    [indexKey('bridge', one.srvBridgeId, 'insertion', one.id), ''],
    [indexKey('port', one.portId, 'insertion', one.id), ''],
    [indexKey('port', one.srvPortId, 'srvInsertion', one.id), String(one.vlan)],
    [indexKey('port', one.portId, 'insertionAt', `${mac}_${one.position}`), one.id],
    [indexKey('port', one.srvPortId, 'insertionTag', `${one.vlan}_${mac}`), one.id],
  ]);
}

/** Both ports must be there and fit their parts, and what comes back at the service port must be plain. */
export async function checkInsertion(
  before: L2Insertion | undefined,
  after: L2Insertion,
  read: Read,
): Promise<Refused | undefined> {
  return (await checkPorts(after, read)) ?? (await checkRoles(before, after, read));
}

async function checkPorts(one: L2Insertion, read: Read): Promise<Refused | undefined> {
  const port = await read.get('port', one.portId);
  if (port === undefined) return refused('invalid', 'portId', `no port ${one.portId}`);
  const service = await read.get('port', one.srvPortId);
  if (service === undefined) return refused('invalid', 'srvPortId', `no port ${one.srvPortId}`);
  if (port.type !== 'bridge') return refused('invalid', 'portId', "must be a bridge's port");
  if (service.type !== 'bridge') return refused('invalid', 'srvPortId', "must be a bridge's port");
  if (service.peerId !== undefined) {
    return refused('conflict', 'srvPortId', `port ${service.id} is linked to ${service.peerId}: a service is outside`);
  }
  if (port.bridgeId !== one.bridgeId || service.bridgeId !== one.srvBridgeId) {
    return refused('conflict', 'portId', 'the port was made anew on another bridge meanwhile: try again');
  }
  return undefined;
}

async function checkRoles(before: L2Insertion | undefined, one: L2Insertion, read: Read): Promise<Refused | undefined> {
  const others = async (port: PortId, role: string): Promise<ReadonlyMap<string, string>> => {
    const rows = new Map(await read.valuesBelow(indexKey('port', port, role, '')));
    rows.delete(one.id);
    return rows;
  };
  if ((await others(one.portId, 'srvInsertion')).size > 0) {
    return refused('conflict', 'portId', `port ${one.portId} is a service port: it cannot be inspected`);
  }
  if ((await others(one.srvPortId, 'insertion')).size > 0) {
    return refused('conflict', 'srvPortId', `port ${one.srvPortId} is inspected: it cannot be a service port`);
  }
  const served = await others(one.srvPortId, 'srvInsertion');
  const isUntagged = one.vlan === 0 && served.size > 0;
  if (isUntagged || [...served.values()].some((vlan) => vlan === '0')) {
    const message = 'a service port whose frames have no VLAN can serve one insertion only: give each a VLAN';
    return refused('conflict', 'vlan', message);
  }
  const beside = await others(one.portId, 'insertion');
  if (before === undefined && Math.max(served.size, beside.size) >= MAX_PER_PORT) {
    return refused('conflict', 'portId', `a port can have ${MAX_PER_PORT} insertions at most`);
  }
  return undefined;
}

/** A port goes: the insertions that it is a part of go with it. */
export async function removeInsertionsOf(port: PortId, read: Read, list: WriteList): Promise<void> {
  for (const role of ['insertion', 'srvInsertion']) {
    for (const id of await read.below(indexKey('port', port, role, ''))) {
      const insertion = await read.get('l2Insertion', id);
      if (insertion !== undefined) list.remove(insertion);
    }
  }
}
