import { read16, read32, read8, write16, write32, write8, writeBytes } from './bytes.ts';
import { malformed, type ParseFailure } from './parse-failure.ts';

/**
 * TCP options, RFC 9293 3.2, RFC 7323 (window scale, timestamps), RFC 2018 (selective ack): a kind
 * alone (end 0, no operation 1), or kind, length of all of it, data.
 */
export const TCP_OPTION = { end: 0, nop: 1, mss: 2, windowScale: 3, sackPermitted: 4, sack: 5, timestamps: 8 } as const;

export type TcpOption =
  | { readonly kind: 'nop' }
  | { readonly kind: 'mss'; readonly mss: number }
  | { readonly kind: 'windowScale'; readonly shift: number }
  | { readonly kind: 'sackPermitted' }
  | { readonly kind: 'sack'; readonly blocks: readonly { readonly left: number; readonly right: number }[] }
  | { readonly kind: 'timestamps'; readonly value: number; readonly echo: number }
  | { readonly kind: 'unknown'; readonly type: number; readonly data: Uint8Array };

export type TcpOptions = { readonly kind: 'tcpOptions'; readonly options: readonly TcpOption[] };

/** Stops at end-of-list. No-operation padding is kept, so the header is written back as it was. */
export function parseTcpOptions(bytes: Uint8Array, offset: number, end: number): TcpOptions | ParseFailure {
  const options: TcpOption[] = [];
  let at = offset;
  while (at < end) {
    const type = read8(bytes, at);
    if (type === TCP_OPTION.end) break;
    if (type === TCP_OPTION.nop) {
      options.push({ kind: 'nop' });
      at++;
      continue;
    }
    const length = end - at >= 2 ? read8(bytes, at + 1) : 0;
    if (length < 2 || length > end - at) {
      return malformed('tcp', `option ${type} of length ${length} in ${end - at} bytes`);
    }
    options.push(parseOption(bytes, at, type, length));
    at += length;
  }
  return { kind: 'tcpOptions', options };
}

function parseOption(bytes: Uint8Array, at: number, type: number, length: number): TcpOption {
  if (type === TCP_OPTION.mss && length === 4) return { kind: 'mss', mss: read16(bytes, at + 2) };
  if (type === TCP_OPTION.windowScale && length === 3) return { kind: 'windowScale', shift: read8(bytes, at + 2) };
  if (type === TCP_OPTION.sackPermitted && length === 2) return { kind: 'sackPermitted' };
  if (type === TCP_OPTION.timestamps && length === 10) {
    return { kind: 'timestamps', value: read32(bytes, at + 2), echo: read32(bytes, at + 6) };
  }
  if (type === TCP_OPTION.sack && length % 8 === 2) {
    const blocks = Array.from({ length: (length - 2) / 8 }, (_, i) => ({
      left: read32(bytes, at + 2 + 8 * i),
      right: read32(bytes, at + 6 + 8 * i),
    }));
    return { kind: 'sack', blocks };
  }
  return { kind: 'unknown', type, data: bytes.slice(at + 2, at + length) };
}

function optionSize(option: TcpOption): number {
  switch (option.kind) {
    case 'nop':
      return 1;
    case 'mss':
      return 4;
    case 'windowScale':
      return 3;
    case 'sackPermitted':
      return 2;
    case 'sack':
      return 2 + 8 * option.blocks.length;
    case 'timestamps':
      return 10;
    case 'unknown':
      return 2 + option.data.length;
    default:
      return option satisfies never;
  }
}

/** Padded to a multiple of 4. */
export function tcpOptionsSize(options: readonly TcpOption[]): number {
  return (options.reduce((sum, option) => sum + optionSize(option), 0) + 3) & ~3;
}

/** Pads with end-of-list. */
export function emitTcpOptions(options: readonly TcpOption[], out: Uint8Array, offset: number): number {
  const end = offset + tcpOptionsSize(options);
  let at = offset;
  for (const option of options) {
    write8(out, at, option.kind === 'unknown' ? option.type : TCP_OPTION[option.kind]);
    if (option.kind !== 'nop') write8(out, at + 1, optionSize(option));
    emitData(option, out, at + 2);
    at += optionSize(option);
  }
  while (at < end) write8(out, at++, TCP_OPTION.end);
  return end;
}

function emitData(option: TcpOption, out: Uint8Array, at: number): void {
  switch (option.kind) {
    case 'nop':
    case 'sackPermitted':
      return;
    case 'mss':
      write16(out, at, option.mss);
      return;
    case 'windowScale':
      write8(out, at, option.shift);
      return;
    case 'timestamps':
      write32(out, at, option.value);
      write32(out, at + 4, option.echo);
      return;
    case 'sack':
      for (const [index, block] of option.blocks.entries()) {
        write32(out, at + 8 * index, block.left);
        write32(out, at + 8 * index + 4, block.right);
      }
      return;
    case 'unknown':
      writeBytes(out, at, option.data);
      return;
    default:
      option satisfies never;
  }
}

export function printTcpOption(option: TcpOption): string {
  switch (option.kind) {
    case 'nop':
      return 'nop';
    case 'mss':
      return `mss ${option.mss}`;
    case 'windowScale':
      return `wscale ${option.shift}`;
    case 'sackPermitted':
      return 'sack ok';
    case 'sack':
      return `sack ${option.blocks.map((block) => `${block.left}-${block.right}`).join(' ')}`;
    case 'timestamps':
      return `ts ${option.value}/${option.echo}`;
    case 'unknown':
      return `option ${option.type}`;
    default:
      return option satisfies never;
  }
}
