import type { PoolDevice, PoolMember } from '@midonet/topology';
import { derived } from '../cache.ts';
import { hashText, mix32 } from '../flow-hash.ts';

/**
 * Maglev hashing (Eisenbud and others, 2016): a table of places, each held by a member, as many by
 * each as its weight says. When a member comes or goes its places change hands and few others do, so
 * a connection that a host has forgotten, or never heard of, is found its member again.
 */

/** Primes, so that every step goes through all places. About a hundred places a member keep shares exact to 1 %. */
const PLACES = 16_381;
const PLACES_OF_LARGE = 65_521;
const LARGE = 160;
const NOBODY = 0xffff;
const MOST_IN_A_BYTE = 254;

/**
 * Members that may get new connections as far as their configuration goes, each at its places. Which
 * of them are well is asked at each look-up, so the table outlives changes of health.
 */
const maglevTable = derived(({ members }: PoolDevice) => {
  const takers = members.filter(({ adminStateUp, weight }) => adminStateUp && weight > 0).slice(0, PLACES_OF_LARGE);
  return { takers, places: placesOf(takers) };
});

/** The member for a hash; undefined when none is up. One that is down leaves its places to those after it. */
export function chooseMember(
  pool: PoolDevice,
  hash: number,
  isUp: (member: PoolMember) => boolean,
): PoolMember | undefined {
  const { takers, places } = maglevTable(pool);
  if (takers.length === 0) return undefined;
  for (let i = 0, place = hash % places.length; i < places.length; i++) {
    const member = takers[places[place] ?? NOBODY];
    if (member !== undefined && isUp(member)) return member;
    place = place + 1 === places.length ? 0 : place + 1;
  }
  return undefined;
}

/** Who has which place now: numbers of `members`, from 1 on, 0 for nobody. Undefined when they are too many for a byte. */
export function placesNow(
  pool: PoolDevice,
  isUp: (member: PoolMember) => boolean,
): { readonly members: readonly PoolMember[]; readonly places: Uint8Array } | undefined {
  const { takers, places } = maglevTable(pool);
  if (takers.length > MOST_IN_A_BYTE) return undefined;
  const up = takers.map(isUp);
  const now = new Uint8Array(places.length);
  if (!up.some((one) => one)) return { members: takers, places: now };
  // From behind: a place whose member is down goes to the one after it.
  let next = 0;
  for (let i = places.length * 2 - 1; i >= 0; i--) {
    const member = places[i % places.length]!;
    if (member !== NOBODY && up[member] === true) next = member + 1;
    now[i % places.length] = next;
  }
  return { members: takers, places: now };
}

type Turn = { place: number; readonly step: number; readonly weight: number; owed: number };

/** Members take turns, each as often as its weight; in its turn a member takes the next free place of its own order. */
function placesOf(takers: readonly PoolMember[]): Uint16Array {
  const size = takers.length > LARGE ? PLACES_OF_LARGE : PLACES;
  const places = new Uint16Array(size).fill(NOBODY);
  if (takers.length === 0) return places;
  const heaviest = takers.reduce((most, { weight }) => Math.max(most, weight), 0);
  const turns = takers.map(({ id, weight }): Turn => {
    const hash = hashText(id);
    return { place: hash % size, step: 1 + (mix32(hash ^ 0x9e3779b9) % (size - 1)), weight, owed: 0 };
  });
  for (let left = size; left > 0;) {
    for (const [index, turn] of turns.entries()) {
      turn.owed += turn.weight;
      if (turn.owed < heaviest) continue;
      turn.owed -= heaviest;
      while (places[turn.place] !== NOBODY) turn.place = (turn.place + turn.step) % size;
      places[turn.place] = index;
      if (--left === 0) break;
    }
  }
  return places;
}
