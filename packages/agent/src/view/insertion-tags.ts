import { deviceTag, floodTag, insertionTag, servedTag, type Tag } from '@midonet/flow';
import type { BridgeDevice, L2Insertion, PortId } from '@midonet/topology';
import { differing } from './differing.ts';

type Part = 'none' | 'inspected' | 'service';

/**
 * What changed insertions mean to flows: those of the MACs whose wire changed, and what a service port
 * sent for nobody. All flows of a port, and floods, only when the port gets another part.
 */
export function* insertionTags(before: BridgeDevice, after: BridgeDevice): Iterable<Tag> {
  if (before.insertions === after.insertions) return;
  for (const port of differing(before.insertions, after.insertions)) {
    const [old, now] = [before.insertions.get(port) ?? [], after.insertions.get(port) ?? []];
    if (partOf(port, old) !== partOf(port, now)) {
      yield deviceTag('port', port);
      yield floodTag(after.bridge.id);
    }
    for (const one of [...old.filter((each) => !now.includes(each)), ...now.filter((each) => !old.includes(each))]) {
      yield insertionTag(one.portId, one.mac);
      yield servedTag(one.srvPortId);
    }
  }
}

function partOf(port: PortId, [first]: readonly L2Insertion[]): Part {
  if (first === undefined) return 'none';
  return first.srvPortId === port ? 'service' : 'inspected';
}
