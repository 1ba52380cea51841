import { BLOCK_SIZE, BLOCKS } from './block-row.ts';
import type { NatMessage, NatReply } from './nat-messages.ts';

const MAX_ADDRESSES = 4096;

/** Addresses that are nearly leased out, as seen when a host asked here last; the oldest goes beyond the bound. */
export class ShortAddresses {
  readonly #addresses = new Set<string>();

  get size(): number {
    return this.#addresses.size;
  }

  observe(request: Extract<NatMessage, { op: 'natLease' }>, answer: NatReply): void {
    const key = `${request.deviceId} ${request.address}`;
    const { from = 0, to = BLOCK_SIZE * BLOCKS - 1 } = request;
    const blocks = Math.floor(to / BLOCK_SIZE) - Math.floor(from / BLOCK_SIZE) + 1;
    if (answer.op === 'natBlocks') this.#addresses.delete(key);
    const isShort =
      answer.op === 'natBlocks'
        ? (answer.left ?? blocks) * 10 < blocks
        : answer.op === 'refused' && answer.code === 'exhausted';
    if (!isShort) return;
    this.#addresses.add(key);
    const [oldest] = this.#addresses;
    if (this.#addresses.size > MAX_ADDRESSES && oldest !== undefined) this.#addresses.delete(oldest);
  }
}
