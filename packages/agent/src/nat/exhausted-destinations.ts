import type { SourceRequest, Tuple } from '@midonet/flow';
import { addressKey, endpointKey } from './port-blocks.ts';

const MAX_DESTINATIONS = 1024;

/**
 * Destinations towards which every port was found taken. That takes a search through all ports, and
 * holds until a connection to the destination ends or a block comes: so it is remembered. The oldest
 * is forgotten beyond the bound, and is searched for again.
 */
export class ExhaustedDestinations {
  /** The ranges, as text, by destination. */
  readonly #ranges = new Map<string, Set<string>>();

  has({ device, now, ranges }: SourceRequest): boolean {
    return this.#ranges.get(endpointKey(device, now.proto, now.dst, now.dstPort))?.has(textOf(ranges)) ?? false;
  }

  add({ device, now, ranges }: SourceRequest): void {
    const key = endpointKey(device, now.proto, now.dst, now.dstPort);
    const known = this.#ranges.get(key) ?? new Set();
    if (known.size >= MAX_DESTINATIONS) known.clear();
    this.#ranges.set(key, known.add(textOf(ranges)));
    const [oldest] = this.#ranges.keys();
    if (this.#ranges.size > MAX_DESTINATIONS && oldest !== undefined) this.#ranges.delete(oldest);
  }

  freed(deviceId: string, reply: Tuple): void {
    if (this.#ranges.size > 0) this.#ranges.delete(endpointKey(deviceId, reply.proto, reply.src, reply.srcPort));
  }

  clear(): void {
    this.#ranges.clear();
  }
}

function textOf(ranges: SourceRequest['ranges']): string {
  return ranges
    .map((range) => `${addressKey(range.addressFrom)} ${range.addressTo} ${range.portFrom} ${range.portTo}`)
    .join();
}
