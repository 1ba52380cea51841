import { deviceTag, floodTag, type Tag } from '@midonet/flow';
import { encodeEntity, type BridgeDevice, type RouterDevice, type TraceRequest } from '@midonet/topology';
import { differing } from './differing.ts';

/**
 * What changed trace requests mean to flows: those of the device or port come up again, and floods, in
 * which plain ports are one. A request's name decides nothing.
 */
export function* traceTags<D extends BridgeDevice | RouterDevice>(before: D, after: D): Iterable<Tag> {
  if (before.traces === after.traces) return;
  const [kind, own] =
    'bridge' in after ? (['bridge', after.bridge.id] as const) : (['router', after.router.id] as const);
  for (const id of differing(before.traces, after.traces)) {
    if (same(before.traces.get(id) ?? [], after.traces.get(id) ?? [])) continue;
    yield deviceTag(id === own ? kind : 'port', id);
    if (kind === 'bridge' && id !== own) yield floodTag(own);
  }
}

function same(before: readonly TraceRequest[], after: readonly TraceRequest[]): boolean {
  return before.length === after.length && before.every((one, i) => sameRequest(one, after[i]));
}

function sameRequest(a: TraceRequest, b: TraceRequest | undefined): boolean {
  if (b === undefined || a.id !== b.id || a.limit !== b.limit || a.enabledAt !== b.enabledAt) return false;
  return JSON.stringify(encodeEntity(a)['condition']) === JSON.stringify(encodeEntity(b)['condition']);
}
