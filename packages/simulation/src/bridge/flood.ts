import type { BridgePort } from '@midonet/topology';
import { endTooLong, exceedsPort } from '../port-limit.ts';
import { isService } from '../insertion/wire.ts';
import { closeStage } from '../connection/track.ts';
import type { Ending, Walk } from '../walk.ts';
import type { BridgeFrame } from './bridge-frame.ts';
import { filterOutbound, settledSince } from './forward.ts';
import { leaveBridge, reshape } from './vlan.ts';

/**
 * Sends the frame out of every port of its domain but the one it came from. `toRouters` is false
 * when no router behind the bridge can have a use for it: those ports are left out then.
 *
 * The flood tag stands for the whole set: it fires when a port of the bridge comes, goes, is linked, starts,
 * stops or moves to another host, changes its admin state, its part in L2 insertions or trace requests, so ports
 * need no tag each. Ports that are down or inactive are simply not part of the set.
 */
export function flood(walk: Walk, entered: BridgeFrame, toRouters: boolean): Ending {
  const { device, index, ingress, segment } = entered;
  const { tagEdits } = walk;
  walk.tag(index.floodTag);
  const filtered = filterOutbound(walk, entered, undefined);
  if (filtered !== undefined) return filtered;
  const frame = settledSince(walk, entered, tagEdits);
  const exterior: BridgePort[] = [];
  const singly: BridgePort[] = [];
  let tooLong: BridgePort | undefined;
  for (const port of segment.members) {
    if (port.id === ingress.id || !port.adminStateUp) continue;
    const insertions = device.insertions.get(port.id);
    if (isService(insertions, port.id)) continue;
    if (port.peerId === undefined) {
      if (!mayEmit(walk, port)) continue;
      // The others get theirs.
      if (exceedsPort(walk, port)) {
        tooLong ??= port;
        continue;
      }
      const isTraced = device.traces.has(port.id);
      if (port.vlanId === undefined && insertions === undefined && !isTraced && isPlain(port)) exterior.push(port);
      else singly.push(port);
    } else if (toRouters || !device.routerPeers.has(port.id)) singly.push(port);
  }
  if (walk.trace !== undefined) {
    walk.step(index.ref, { kind: 'flood', ports: [...exterior, ...singly].map((port) => port.id) });
  }
  const before = walk.packet.mark();
  const position = walk.position();
  const endings: Ending[] = [];
  const [sample] = exterior;
  if (sample !== undefined) {
    // All of them are trunks, or ports of a plain bridge: the frame has one form for all.
    const fits = reshape(walk, frame, sample);
    closeStage(walk);
    endings.push(fits ? walk.emit(...exterior.map((port) => port.id)) : walk.drop('loop', index.ref));
  }
  for (const port of singly) {
    walk.packet.restore(before);
    walk.comeBack(position);
    endings.push(leaveBridge(walk, frame, port));
  }
  if (tooLong !== undefined) endings.push(endTooLong(walk, tooLong));
  walk.packet.restore(before);
  walk.comeBack(position);
  return merge(walk, frame, endings);
}

/** Nothing looks at what leaves by it, and nothing will ask of an answer whether it is one. */
function isPlain(port: BridgePort): boolean {
  const { outboundFilterId, outboundMirrorIds, preOutFilterMirrorIds } = port;
  const { inboundFilterId, inboundMirrorIds, postInFilterMirrorIds } = port;
  const [out, back] = [outboundFilterId ?? outboundMirrorIds, inboundFilterId ?? inboundMirrorIds];
  return (out ?? preOutFilterMirrorIds ?? back ?? postInFilterMirrorIds) === undefined;
}

function mayEmit(walk: Walk, port: BridgePort): boolean {
  return port.binding !== undefined && walk.state.portActive(port.id);
}

/** What is missing anywhere must come first; else one copy that went on is enough. */
function merge(walk: Walk, frame: BridgeFrame, endings: readonly Ending[]): Ending {
  const on = endings.flatMap((ending) => (ending.kind === 'blocked' ? ending.on : []));
  if (on.length > 0) return { kind: 'blocked', on };
  const best =
    endings.find((ending) => ending.kind === 'sent') ??
    endings.find((ending) => ending.kind === 'consume') ??
    endings[0];
  return best ?? walk.drop('noOtherPort', frame.index.ref);
}
