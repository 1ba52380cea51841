import { dissect, dissectIp, type Layer } from './dissect.ts';
import { printHeader } from './header.ts';
import { printFailure } from './parse-failure.ts';

/**
 * One line for a whole frame, layers apart by " | ", as logs, traces and the CLI show it. What an
 * ICMP error quotes stands in brackets. Never throws.
 */
export function printFrame(bytes: Uint8Array, length = bytes.length): string {
  return printLayers(dissect(bytes, length));
}

/** The same for a bare IP packet. */
export function printIpPacket(bytes: Uint8Array): string {
  return printLayers(dissectIp(bytes));
}

export function printLayers(layers: readonly Layer[]): string {
  const outer = layers.filter((layer) => !layer.quoted).map(printLayer);
  const quoted = layers.filter((layer) => layer.quoted).map(printLayer);
  const line = outer.join(' | ');
  return quoted.length > 0 ? `${line} | about [${quoted.join(' | ')}]` : line;
}

function printLayer({ header, offset, end }: Layer): string {
  switch (header.kind) {
    case 'malformed':
      return printFailure(header);
    case 'payload':
      return `${end - offset} bytes`;
    default:
      return printHeader(header);
  }
}
