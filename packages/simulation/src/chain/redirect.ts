import type { ObjectRef } from '@midonet/flow';
import type { Port } from '@midonet/topology';
import { closeStage } from '../connection/track.ts';
import { Stage } from '../connection/stage.ts';
import type { Ending, Walk } from '../walk.ts';

/** Redirections on one packet's way, all branches of floods together. */
const MAX_REDIRECTS = 12;

/** A rule sends the packet to another port: it leaves the device it is in, and goes on there. */
export function redirect(walk: Walk, port: Port, ingress: boolean, by: ObjectRef): Ending {
  if (walk.redirects >= MAX_REDIRECTS) return walk.drop('loop', by);
  const depth = ++walk.redirects;
  closeStage(walk);
  if (ingress) return walk.enter(port, depth);
  const device = port.type === 'bridge' ? port.bridgeId : port.routerId;
  if (walk.stage?.device !== device) {
    walk.inPort = undefined;
    walk.stage = new Stage(device, walk.packet.ttlTaken);
  }
  return walk.leave(port, depth);
}
