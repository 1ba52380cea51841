import type { NatRange } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';
import { AddressPool } from './address-pool.ts';
import { addressKey, blockOf, BLOCKS, blocksIn, type NatBlock, type Ports } from './port-blocks.ts';

export type PoolBounds = {
  /** Blocks this host may hold of one address of a device. */
  readonly maxBlocksPerAddress: number;
  /** Blocks this host may hold in all: 65,536 of them are 4 million ports. */
  readonly maxBlocks: number;
};

export const POOL_BOUNDS: PoolBounds = { maxBlocksPerAddress: BLOCKS, maxBlocks: 65_536 };

export type Asked = { readonly ports: Ports; readonly ranges: readonly NatRange[] };
type NoneLeft = { readonly ports: Ports; readonly until: number };

/** Notes beyond this are let go, the oldest first: then a controller is asked once more. */
const MAX_NOTES = 4096;

/** The addresses of all devices, and what is known about getting more blocks of them. */
export class PoolTable {
  readonly #bounds: PoolBounds;
  readonly #byDevice = new Map<string, Map<IpAddress, AddressPool>>();
  readonly #asked = new Map<string, Asked>();
  readonly #noneLeft = new Map<string, NoneLeft[]>();
  readonly #left = new Map<string, number>();
  #blocks = 0;

  constructor(bounds: { readonly [K in keyof PoolBounds]?: PoolBounds[K] | undefined } = {}) {
    this.#bounds = {
      maxBlocksPerAddress: bounds.maxBlocksPerAddress ?? POOL_BOUNDS.maxBlocksPerAddress,
      maxBlocks: bounds.maxBlocks ?? POOL_BOUNDS.maxBlocks,
    };
  }

  /** Blocks of all addresses. */
  get blocks(): number {
    return this.#blocks;
  }

  get(deviceId: string, address: IpAddress): AddressPool | undefined {
    return this.#byDevice.get(deviceId)?.get(address);
  }

  of(deviceId: string): Iterable<AddressPool> {
    return this.#byDevice.get(deviceId)?.values() ?? [];
  }

  *all(): Generator<AddressPool> {
    for (const pools of this.#byDevice.values()) yield* pools.values();
  }

  ensure(deviceId: string, address: IpAddress): AddressPool {
    const pools = this.#byDevice.get(deviceId) ?? new Map<IpAddress, AddressPool>();
    const pool = pools.get(address) ?? new AddressPool(deviceId, address);
    this.#byDevice.set(deviceId, pools.set(address, pool));
    return pool;
  }

  dropIfEmpty({ deviceId, address, isEmpty }: AddressPool): void {
    const pools = this.#byDevice.get(deviceId);
    if (!isEmpty || pools === undefined) return;
    pools.delete(address);
    if (pools.size === 0) this.#byDevice.delete(deviceId);
  }

  addBlock({ deviceId, address, block }: NatBlock, now: number): void {
    const pool = this.ensure(deviceId, address);
    if (pool.hasBlock(block)) return;
    pool.addBlock(block, now);
    this.#blocks++;
  }

  loseBlock({ deviceId, address, block }: NatBlock): void {
    const pool = this.get(deviceId, address);
    if (pool?.loseBlock(block) !== true) return;
    this.#blocks--;
    this.dropIfEmpty(pool);
  }

  /** False at a bound of this host, when the whole range is held, or when there is nothing left of it. */
  canLease(deviceId: string, address: IpAddress, ports: Ports, now: number): boolean {
    if (this.#blocks >= this.#bounds.maxBlocks) return false;
    const notes = this.#noneLeft.get(keyOf(deviceId, address)) ?? [];
    if (notes.some(({ ports: { from, to }, until }) => until > now && from <= ports.from && to >= ports.to))
      return false;
    const pool = this.get(deviceId, address);
    if (pool === undefined) return true;
    if (pool.blockCount >= this.#bounds.maxBlocksPerAddress) return false;
    if (pool.blockCount < blocksIn(ports)) return true;
    let held = 0;
    for (const block of pool.blockIndexes()) if (block >= blockOf(ports.from) && block <= blockOf(ports.to)) held++;
    return held < blocksIn(ports);
  }

  /** Notes the range that a block of the address is, or would be, wanted for. */
  ask(deviceId: string, address: IpAddress, asked: Asked): void {
    note(this.#asked, keyOf(deviceId, address), asked);
  }

  asked(deviceId: string, address: IpAddress): Asked | undefined {
    return this.#asked.get(keyOf(deviceId, address));
  }

  noneLeft(deviceId: string, address: IpAddress, ports: Ports, until: number): void {
    const key = keyOf(deviceId, address);
    const notes = (this.#noneLeft.get(key) ?? []).filter(
      ({ ports: { from, to } }) => from < ports.from || to > ports.to,
    );
    note(this.#noneLeft, key, [...notes.slice(-7), { ports, until }]);
  }

  setLeft(deviceId: string, address: IpAddress, blocks: number): void {
    note(this.#left, keyOf(deviceId, address), blocks);
  }

  left(deviceId: string, address: IpAddress): number | undefined {
    return this.#left.get(keyOf(deviceId, address));
  }
}

function keyOf(deviceId: string, address: IpAddress): string {
  return `${deviceId} ${addressKey(address)}`;
}

function note<T>(notes: Map<string, T>, key: string, value: T): void {
  notes.delete(key);
  notes.set(key, value);
  const [oldest] = notes.keys();
  if (notes.size > MAX_NOTES && oldest !== undefined) notes.delete(oldest);
}
