import { getField, KEY_WORDS, setField, type FlowKey, type Outcome } from '@midonet/flow';
import type { Random } from './random-network.ts';

/** Another key that a flow of the outcome matches: bits that its mask leaves out may be anything, the TTL what is left of it. */
export function varied(key: FlowKey, outcome: Pick<Outcome, 'mask' | 'ttlAbove'>, random: Random): FlowKey {
  const other = key.slice() as FlowKey;
  const ttl = getField(key, 'ipTtl');
  const few = random() < 0.5;
  for (let word = 0; word < KEY_WORDS; word++) {
    const free = ~(outcome.mask[word] ?? 0);
    const noise = few ? 1 << Math.floor(random() * 32) : Math.floor(random() * 0x100000000);
    other[word] = ((key[word] ?? 0) ^ (noise & free)) >>> 0;
  }
  // TTL above the bound counts as unmasked when its bits are.
  if (getField(outcome.mask, 'ipTtl') !== 0) return other;
  const room = 255 - outcome.ttlAbove;
  const value = outcome.ttlAbove === 0 ? ttl : outcome.ttlAbove + 1 + Math.floor(random() * room);
  setField(other, 'ipTtl', Math.min(255, value));
  return other;
}
