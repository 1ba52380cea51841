import { parseId, type AnyId } from '@midonet/topology';

const BITS = 128n;
/** FNV-1a of 128 bits. */
const OFFSET = 0x6c62272e07bb014262b821756295c58dn;
const PRIME = 0x0000000001000000000000000000013bn;

/**
 * The id of what one of Neutron's objects is made into, by what it is for: the same each time, so that
 * nothing has to remember it, and different for every object, as each role is a constant that is XORed
 * to its id. Any object of the topology may be given such an id.
 */
export function derivedId<T extends AnyId>(id: string, role: string): T {
  const number = BigInt(`0x${id.replaceAll('-', '')}`) ^ hash(role);
  const text = number.toString(16).padStart(32, '0');
  const derived = parseId<T>(text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
  if (derived === undefined) throw new Error(`${id} is not a UUID`);
  return derived;
}

function hash(role: string): bigint {
  let state = OFFSET;
  for (const letter of role) {
    state ^= BigInt(letter.codePointAt(0) ?? 0);
    state = BigInt.asUintN(Number(BITS), state * PRIME);
  }
  return state;
}
