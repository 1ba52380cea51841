import { writeBytes } from '../src/index.ts';

/**
 * A pcap file (Ethernet, microseconds, little endian) of frames, one a millisecond apart, for
 * outside judges: 24 bytes of header, then 16 bytes and the frame each.
 */
export function pcapOf(frames: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(frames.reduce((sum, bytes) => sum + 16 + bytes.length, 24));
  const view = new DataView(out.buffer);
  const header = [0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1];
  header.forEach((word, index) => {
    view.setUint32(4 * index, word, true);
  });
  let at = 24;
  for (const [index, bytes] of frames.entries()) {
    const record = [Math.floor(index / 1000), (index % 1000) * 1000, bytes.length, bytes.length];
    record.forEach((word, field) => {
      view.setUint32(at + 4 * field, word, true);
    });
    at = writeBytes(out, at + 16, bytes);
  }
  return out;
}
/** The frames of a pcap file written on a little-endian machine; undefined when it is not one. */
export function framesOfPcap(file: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 24 || view.getUint32(0, true) !== 0xa1b2c3d4) return undefined;
  const frames: Uint8Array[] = [];
  let at = 24;
  while (at + 16 <= file.length) {
    const length = view.getUint32(at + 8, true);
    frames.push(file.slice(at + 16, at + 16 + length));
    at += 16 + length;
  }
  return frames;
}
