import { formatIp, parseIp } from '@midonet/packet';
import { BLOCKS, type NatBlock } from './port-blocks.ts';

const FILE = 'nat-blocks.json';
const VERSION = 1;

/** The part of the state folder that is used. */
export type BlockFolder = { read(name: string): string | undefined; write(name: string, content: string): void };

export type KeptBlock = NatBlock & {
  readonly generation: number;
  /** End of the lease by the machine's wall clock, ms since the epoch. */
  readonly until: number;
};

/** Replaces the file. Throws when that fails. */
export function writeBlocks(folder: BlockFolder, now: number, blocks: readonly KeptBlock[]): void {
  const list = blocks.map(({ deviceId, address, block, generation, until }) => ({
    deviceId,
    address: formatIp(address),
    block,
    generation,
    until,
  }));
  folder.write(FILE, JSON.stringify({ version: VERSION, savedAt: now, blocks: list }));
}

/**
 * Blocks whose lease has not ended. None when the clock shows a time before the file was written: it
 * was set back or is not set yet, so nobody knows how long ago that was.
 */
export function readBlocks(folder: BlockFolder, now: number): KeptBlock[] {
  const text = folder.read(FILE);
  if (text === undefined) return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  const savedAt = member(value, 'savedAt');
  const blocks = member(value, 'blocks');
  if (member(value, 'version') !== VERSION || typeof savedAt !== 'number' || savedAt > now || !Array.isArray(blocks)) {
    return [];
  }
  return blocks.flatMap((each) => keptBlock(each) ?? []).filter(({ until }) => until > now);
}

function keptBlock(value: unknown): KeptBlock | undefined {
  const deviceId = member(value, 'deviceId');
  const text = member(value, 'address');
  const block = member(value, 'block');
  const generation = member(value, 'generation');
  const until = member(value, 'until');
  const address = typeof text === 'string' ? parseIp(text) : undefined;
  if (typeof deviceId !== 'string' || address === undefined || typeof until !== 'number') return undefined;
  if (typeof block !== 'number' || !Number.isInteger(block) || block < 0 || block >= BLOCKS) return undefined;
  return typeof generation === 'number' ? { deviceId, address, block, generation, until } : undefined;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
