import type { Connection, Tuple } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';

/** Connections for tests and measurements: `index` tells them apart. */
export function sampleConnection(index: number, over: Partial<Connection> = {}): Connection {
  return {
    device: sampleId(1),
    original: sampleTuple(index),
    reply: sampleReply(index),
    ingressPort: sampleId(2),
    egressPorts: [sampleId(3)],
    ...over,
  };
}

/** The same over IPv6, untranslated. */
export function sampleConnection6(index: number): Connection {
  const src = ((0xfd00n << 112n) | BigInt(index)) as IpAddress;
  const dst = ((0xfd01n << 112n) | 2n) as IpAddress;
  return sampleConnection(index, {
    original: { proto: 6, src, dst, srcPort: 1000, dstPort: 443 },
    reply: { proto: 6, src: dst, dst: src, srcPort: 443, dstPort: 1000 },
  });
}

/** TCP from 10.x.y.z to 198.51.100.10:80. */
export function sampleTuple(index: number): Tuple {
  const [src, dst] = [(0x0a00_0000 + (index & 0xff_ffff)) as IpAddress, 0xc633_640a as IpAddress];
  return { proto: 6, src, dst, srcPort: 1024 + (index % 60_000), dstPort: 80 };
}

/** Its answer, to 203.0.113.x: the source was translated. */
function sampleReply(index: number): Tuple {
  const [src, dst] = [0xc633_640a as IpAddress, (0xcb00_7100 + (index >> 16)) as IpAddress];
  return { proto: 6, src, dst, srcPort: 80, dstPort: index & 0xffff };
}

/** A UUID that ends in `n`. */
export function sampleId(n: number): string {
  return `5a3c1d9e-0f42-4b7a-9c11-${n.toString(16).padStart(12, '0')}`;
}
