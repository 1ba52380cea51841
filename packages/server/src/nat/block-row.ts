import { StoreError, type StoreEntry } from '@midonet/store';
import { parseIp, type IpAddress } from '@midonet/packet';

/** The 65,536 ports of an address are leased in blocks of 64. */
export const BLOCK_SIZE = 64;
export const BLOCKS = 1024;

/**
 * How far the clocks of two controllers may be apart, whenever they are read: each within half of
 * that of the true time. A lease that ended by one clock is given away so much later only.
 */
export const CLOCK_SKEW_MS = 300_000;

/** Who has the lease of a block; the JSON under its key. */
export type BlockRow = {
  readonly hostId: string;
  /** When the lease ends, by the clock of the controller that wrote it, ms since the epoch. */
  readonly until: number;
  /** Another one for each grant. */
  readonly generation: number;
};

/** Whether a block may be given to another host now. */
export function isFree(row: BlockRow | undefined, now: number): boolean {
  return row === undefined || now > row.until + CLOCK_SKEW_MS;
}

/** Throws StoreError 'corrupt' naming the key. */
export function readBlockRow({ key, value }: StoreEntry): BlockRow {
  let row: unknown;
  try {
    row = JSON.parse(value);
  } catch {
    throw new StoreError('corrupt', `${key} is not JSON`);
  }
  const member = (name: string): unknown => (typeof row === 'object' && row !== null ? Reflect.get(row, name) : null);
  const [hostId, until, generation] = [member('hostId'), member('until'), member('generation')];
  if (typeof hostId !== 'string' || typeof until !== 'number' || typeof generation !== 'number') {
    throw new StoreError('corrupt', `${key} is no lease of NAT ports`);
  }
  return { hostId, until, generation };
}

export type BlockPlace = { readonly deviceId: string; readonly address: IpAddress; readonly block: number };

/** `natBlock/<device>/<address>/<block>`, or what follows `natBlock` with another separator. */
export function readBlockPlace(text: string, separator: '/' | '_'): BlockPlace | undefined {
  const [deviceId = '', addressText = '', blockText = '', ...rest] = text.split(separator);
  const address = parseIp(addressText);
  const block = Number(blockText);
  if (address === undefined || rest.length > 0 || !Number.isInteger(block) || block < 0 || block >= BLOCKS) {
    return undefined;
  }
  return { deviceId, address, block };
}
