import type { ObjectRef } from '@midonet/flow';
import type { L2Insertion } from '@midonet/topology';
import type { Walk } from '../walk.ts';

export function refOf({ id }: L2Insertion): ObjectRef {
  return { kind: 'l2Insertion', id };
}

export function stepOf(walk: Walk, insertion: L2Insertion, detail: string): void {
  if (walk.trace !== undefined) walk.step(refOf(insertion), { kind: 'insertion', detail });
}
