import type { SetField, VirtualAction } from '@midonet/flow';
import { checksum, formatMac } from '@midonet/packet';
import { withAddress, withPort } from './translated.ts';

export type Sent = { readonly portId: string; readonly frame: Uint8Array };

/**
 * What a verdict's actions make of a frame, worked out the slow and obvious way (every change makes a
 * new frame, checksums are summed anew), to judge the drivers' in-place rewriting by.
 */
export function applied(actions: readonly VirtualAction[], frame: Uint8Array): Sent[] {
  const sent: Sent[] = [];
  let current = frame;
  for (const action of actions) {
    switch (action.kind) {
      case 'emit':
        sent.push({ portId: action.portId, frame: current });
        break;
      case 'clone':
        sent.push(...applied(action.actions, current));
        break;
      case 'pushVlan':
        current = joined(
          current.subarray(0, 12),
          [0x81, 0x00, action.tci >>> 8, action.tci & 255],
          current.subarray(12),
        );
        break;
      case 'popVlan':
        current = joined(current.subarray(0, 12), [], current.subarray(16));
        break;
      case 'decTtl':
        current = withTtl(current, action.by);
        break;
      case 'set':
        current = withField(current, action);
        break;
      default:
        action satisfies never;
    }
  }
  return sent;
}

function withField(frame: Uint8Array, action: SetField): Uint8Array {
  switch (action.field) {
    case 'ethSrc':
      return withMac(frame, 6, formatMac(action.value));
    case 'ethDst':
      return withMac(frame, 0, formatMac(action.value));
    case 'ipSrc':
      return withAddress(frame, action.value, 'src');
    case 'ipDst':
      return withAddress(frame, action.value, 'dst');
    case 'l4Src':
      return withPort(frame, action.value, 0);
    case 'l4Dst':
      return withPort(frame, action.value, 2);
    case 'icmpId':
      return withPort(frame, action.value, 4);
    case 'ipTos':
      return withTos(frame, action.value);
  }
}

function joined(head: Uint8Array, middle: readonly number[], tail: Uint8Array): Uint8Array {
  return Uint8Array.from([...head, ...middle, ...tail]);
}

function withMac(frame: Uint8Array, at: number, mac: string): Uint8Array {
  const copy = frame.slice();
  copy.set(
    mac.split(':').map((part) => parseInt(part, 16)),
    at,
  );
  return copy;
}

function withTtl(frame: Uint8Array, by: number): Uint8Array {
  return withIp(frame, (bytes, ip, version) => {
    const at = version === 4 ? ip + 8 : ip + 7;
    bytes.setUint8(at, bytes.getUint8(at) - by);
  });
}

/** In IPv6 the traffic class lies across two bytes, behind the version. */
function withTos(frame: Uint8Array, tos: number): Uint8Array {
  return withIp(frame, (bytes, ip, version) => {
    if (version === 4) bytes.setUint8(ip + 1, tos);
    else bytes.setUint16(ip, (bytes.getUint16(ip) & 0xf00f) | (tos << 4));
  });
}

function withIp(frame: Uint8Array, change: (bytes: DataView, ip: number, version: number) => void): Uint8Array {
  const copy = frame.slice();
  const bytes = new DataView(copy.buffer);
  const tagged = [0x8100, 0x88a8].includes(bytes.getUint16(12));
  const ip = tagged ? 18 : 14;
  const version = bytes.getUint8(ip) >>> 4;
  change(bytes, ip, version);
  if (version !== 4) return copy;
  bytes.setUint16(ip + 10, 0);
  bytes.setUint16(ip + 10, checksum(copy, ip, ip + (bytes.getUint8(ip) & 15) * 4));
  return copy;
}
