import type { IpAddress } from '@midonet/packet';
import { mapDelete, mapNextKey, mapUpdate } from '../../kernel/bpf.ts';
import { allocate, errno, SystemError } from '../../kernel/libc.ts';
import { DatapathError } from '../../datapath.ts';
import { structOf } from './artefact.ts';
import { mapEntries, type KernelObjects } from './objects.ts';
import { writeAddress } from './step-codec.ts';

const KEY_BYTES = 16;

/**
 * Makes the `peers` map hold these addresses and has the programs heed it. New ones enter before old
 * ones leave, so a peer that stays is never without its entry.
 */
export function writePeers(objects: KernelObjects, addresses: Iterable<IpAddress>): void {
  const map = objects.map('peers');
  const [key, value] = [allocate(KEY_BYTES), allocate(4)];
  const wanted = new Map<string, Uint8Array>();
  for (const address of addresses) {
    writeAddress(key.view, 0, address);
    wanted.set(textOf(key.bytes), key.bytes.slice());
  }
  const room = mapEntries(map);
  if (wanted.size > room) throw new DatapathError('full', `${wanted.size} tunnel peers; at most ${room} can be known`);
  const strangers = keysOf(map, room).filter((bytes) => !wanted.delete(textOf(bytes)));
  const enter = (): void => {
    for (const [text, bytes] of wanted) {
      key.bytes.set(bytes);
      if (mapUpdate(map, key.address, value.address) === 0) wanted.delete(text);
    }
  };
  enter();
  for (const bytes of strangers) {
    key.bytes.set(bytes);
    mapDelete(map, key.address);
  }
  // Those that found the map full of the ones that have left now.
  enter();
  if (wanted.size > 0) throw new SystemError('storing tunnel peers', errno());
  const at = structOf(objects.artefact, 'config', ['check_peers']);
  objects.shared('config').view.setUint32(at.check_peers, 1, true);
}

function keysOf(map: number, room: number): Uint8Array[] {
  const [current, next] = [allocate(KEY_BYTES), allocate(KEY_BYTES)];
  const keys: Uint8Array[] = [];
  let at = 0n;
  while (keys.length <= room && mapNextKey(map, at, next.address) === 0) {
    keys.push(next.bytes.slice());
    current.bytes.set(next.bytes);
    at = current.address;
  }
  return keys;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
