import { mapLookup, mapNextKey, mapUpdate } from '../../kernel/bpf.ts';
import { allocate, unmapMemory } from '../../kernel/libc.ts';
import { KEY_BYTES } from '@midonet/flow';
import { structOf, type Artefact } from './artefact.ts';
import { mapEntries, mapShared, type MapName, type SharedMap } from './objects.ts';

const SHARED: readonly SharedMap[] = ['masks', 'groups', 'stats', 'ports', 'config'];
/** What new programs go on with. */
export const COPIED: readonly MapName[] = [...SHARED, 'flows', 'ifindexes', 'peers'];

/**
 * Copies what the earlier programs' maps hold into the new ones', entry by entry. The old programs
 * keep forwarding meanwhile; only counts of that moment are lost.
 */
export function copyMaps(artefact: Artefact, from: ReadonlyMap<string, number>, to: ReadonlyMap<string, number>): void {
  for (const name of SHARED) {
    const source = mapShared(artefact, from.get(name) ?? -1, name);
    const target = mapShared(artefact, to.get(name) ?? -1, name);
    target.bytes.set(source.bytes.subarray(0, target.bytes.length));
    unmapMemory(source);
    unmapMemory(target);
  }
  copyHash({ from, to, name: 'flows', keyBytes: KEY_BYTES, valueBytes: structOf(artefact, 'flow', []).size });
  copyHash({ from, to, name: 'ifindexes', keyBytes: 4, valueBytes: 4 });
  copyHash({ from, to, name: 'peers', keyBytes: 16, valueBytes: 4 });
}

function copyHash(copy: {
  readonly from: ReadonlyMap<string, number>;
  readonly to: ReadonlyMap<string, number>;
  readonly name: string;
  readonly keyBytes: number;
  readonly valueBytes: number;
}): void {
  const source = copy.from.get(copy.name) ?? -1;
  const target = copy.to.get(copy.name) ?? -1;
  const key = allocate(copy.keyBytes);
  const next = allocate(copy.keyBytes);
  const value = allocate(copy.valueBytes);
  let at = 0n;
  for (let left = mapEntries(source); left > 0 && mapNextKey(source, at, next.address) === 0; left--) {
    if (mapLookup(source, next.address, value.address) === 0) mapUpdate(target, next.address, value.address);
    key.bytes.set(next.bytes);
    at = key.address;
  }
}
