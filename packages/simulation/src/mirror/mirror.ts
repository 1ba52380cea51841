import type { CopyLoss, Missing, ObjectRef } from '@midonet/flow';
import { isService } from '../insertion/wire.ts';
import type { BridgeDevice, Mirror, MirrorId, Port, PortId } from '@midonet/topology';
import { ChainRun } from '../chain/chain-run.ts';
import { holds } from '../chain/evaluate.ts';
import { explain } from '../chain/explain.ts';
import { track } from '../connection/track.ts';
import { portIndex } from '../port-index.ts';
import type { Ending, Walk } from '../walk.ts';
import { CopyList } from './copy-list.ts';
import { mirrorIndex } from './mirror-index.ts';

/** On which side of a device or port mirrors are shown the packet. */
export type Side =
  | 'inbound side'
  | 'inbound side, behind the filter'
  | 'outbound side, before the filter'
  | 'outbound side';

/** The place: a side of something, with the port by which the packet leaves it where that is known. */
type Place = {
  readonly side: Side;
  readonly of: ObjectRef & { readonly name?: string };
  readonly outPort: PortId | undefined;
};

type Ids = readonly MirrorId[] | undefined;

/**
 * Shows the packet, as it stands, to mirrors. Each that takes it has a copy leave by its port at once:
 * a copy meets no filter and no other mirror, so no chain of mirrors can go round. What becomes of the
 * packet itself does not depend on them; only what is not known yet stops it, to be asked for.
 */
export function mirrorAt(walk: Walk, ids: Ids, side: Side, of: Place['of'], outPort?: PortId): Ending | undefined {
  if (ids === undefined) return undefined;
  for (const id of ids) {
    const missing = show(walk, id, { side, of, outPort });
    if (missing !== undefined) return walk.blocked(missing);
  }
  return undefined;
}

/**
 * Follows the packet's connection when one of these mirrors asks about connections: mirrors that
 * packets of the other direction are shown to. Gives what could not be told.
 */
export function trackForMirrors(walk: Walk, ...lists: readonly Ids[]): Missing | undefined {
  for (const ids of lists) {
    if (ids === undefined) continue;
    for (const id of ids) {
      const mirror = walk.topology.mirror(id);
      if (mirror === undefined) return { kind: 'mirror', id };
      const { tag, asks } = mirrorIndex(mirror);
      walk.tag(tag);
      if (asks) track(walk);
    }
  }
  return undefined;
}

function show(walk: Walk, id: MirrorId, place: Place): Missing | undefined {
  const mirror = walk.topology.mirror(id);
  if (mirror === undefined) return { kind: 'mirror', id };
  const { tag, ref } = mirrorIndex(mirror);
  walk.tag(tag);
  const run = new ChainRun(walk, walk.inPort, place.outPort);
  const { taken, why } = walk.trace === undefined ? { taken: takes(mirror, run), why: '' } : explained(mirror, run);
  if (run.missing !== undefined) return run.missing;
  const port = taken ? walk.topology.port(mirror.toPortId) : undefined;
  if (taken && port === undefined) return { kind: 'port', id: mirror.toPortId };
  const bridge = port?.type === 'bridge' ? walk.topology.bridge(port.bridgeId) : undefined;
  if (port?.type === 'bridge' && bridge === undefined) return { kind: 'bridge', id: port.bridgeId };
  const result = port === undefined ? 'passedOver' : copy(walk, mirror, port, bridge);
  if (walk.trace !== undefined) {
    const hook = `${place.side} of ${place.of.kind} ${place.of.name ?? place.of.id}`;
    walk.step(ref, { kind: 'mirror', hook, portId: mirror.toPortId, result, why });
  }
  return undefined;
}

function takes(mirror: Mirror, run: ChainRun): boolean {
  for (const condition of mirrorIndex(mirror).conditions) {
    const taken = holds(condition, run);
    if (taken || run.missing !== undefined) return taken;
  }
  return false;
}

function explained(mirror: Mirror, run: ChainRun): { readonly taken: boolean; readonly why: string } {
  const reasons: string[] = [];
  for (const condition of mirrorIndex(mirror).conditions) {
    const { holds: taken, why } = explain(condition, run);
    if (taken || run.missing !== undefined) return { taken, why };
    reasons.push(why);
  }
  return { taken: false, why: reasons.join('; ') || 'it has no condition' };
}

function copy(
  walk: Walk,
  mirror: Mirror,
  port: Port,
  bridge: BridgeDevice | undefined,
): 'copied' | 'ownPort' | CopyLoss {
  walk.tag(portIndex(port).tag);
  // What the one who looks on sends itself is not for it: it would hear, and may answer, its own echo.
  if (port.id === walk.ingressPort) return 'ownPort';
  // A service port sends on what it gets: its copies would come by here again.
  const serves = isService(bridge?.insertions.get(port.id), port.id);
  const loss = serves ? 'portServes' : lossAt(walk, port);
  walk.copies ??= new CopyList();
  if (loss === undefined) walk.copies.add(mirror.id, port.id, walk.packet, walk.quoted !== undefined);
  else walk.copies.lose(mirror.id, loss);
  return loss ?? 'copied';
}

function lossAt(walk: Walk, port: Port): CopyLoss | undefined {
  if (!port.adminStateUp) return 'portDown';
  if (port.peerId !== undefined) return 'portLinked';
  if (port.binding === undefined) return 'portUnbound';
  walk.tag(portIndex(port).locationTag);
  return walk.state.portActive(port.id) ? undefined : 'portInactive';
}
