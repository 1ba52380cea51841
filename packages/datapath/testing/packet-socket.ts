import { allocate, checked, EAGAIN, errno, libc, SystemError } from '../src/kernel/libc.ts';
import type { NetworkNamespace } from '../src/kernel/namespace.ts';

const AF_PACKET = 17;
const SOCK_RAW_CLOEXEC = 3 | 0x80000;
const ETH_P_ALL_BE = 0x0300;
const SOL_PACKET = 263;
const PACKET_AUXDATA = 8;
const PACKET_IGNORE_OUTGOING = 23;
const MSG_DONTWAIT = 0x40;
const VLAN_VALID = 0x10;
const TPID_VALID = 0x40;
const FRAME_BYTES = 65_536;
const CONTROL_AT = 96;
const CONTROL_BYTES = 64;
/** Of struct tpacket_auxdata behind the 16-byte cmsghdr. */
const AUX = { status: 16, tci: 16 + 16, tpid: 16 + 18 } as const;

/** Owned by the socket that is being read or written: one thread, synchronous calls. */
const $workFrame = allocate(FRAME_BYTES);
/** msghdr at 0 (56 bytes), iovec at 56, sockaddr at 72, control at CONTROL_AT. */
const $workMessage = allocate(CONTROL_AT + CONTROL_BYTES);

/** Raw frames of one interface: what a virtual machine's network card is. */
export class PacketSocket {
  readonly #fd: number;

  constructor(namespace: NetworkNamespace, ifindex: number) {
    this.#fd = namespace.run(() => checked('packet socket', libc.socket(AF_PACKET, SOCK_RAW_CLOEXEC, ETH_P_ALL_BE)));
    const { address, view } = $workMessage;
    view.setUint32(0, 1, true);
    checked('PACKET_AUXDATA', libc.setsockopt(this.#fd, SOL_PACKET, PACKET_AUXDATA, address, 4));
    checked('PACKET_IGNORE_OUTGOING', libc.setsockopt(this.#fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, address, 4));
    $workMessage.bytes.fill(0);
    view.setUint16(0, AF_PACKET, true);
    view.setUint16(2, ETH_P_ALL_BE, true);
    view.setInt32(4, ifindex, true);
    checked('packet bind', libc.bind(this.#fd, address, 20));
    // What came between socket() and bind() was of any interface.
    this.take();
  }

  send(frame: Uint8Array): void {
    $workFrame.bytes.set(frame);
    checked('packet send', libc.send(this.#fd, $workFrame.address, frame.length, 0));
  }

  take(): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (;;) {
      const length = receiveMessage(this.#fd);
      if (length < 0) return frames;
      frames.push(withTag($workFrame.bytes.slice(0, length)));
    }
  }

  close(): void {
    libc.close(this.#fd);
  }
}

/** Bytes received into $workFrame, -1 when there was nothing. */
function receiveMessage(fd: number): number {
  const { address, view, bytes } = $workMessage;
  bytes.fill(0);
  view.setBigUint64(16, address + 56n, true);
  view.setBigUint64(24, 1n, true);
  view.setBigUint64(32, address + BigInt(CONTROL_AT), true);
  view.setBigUint64(40, BigInt(CONTROL_BYTES), true);
  view.setBigUint64(56, $workFrame.address, true);
  view.setBigUint64(64, BigInt(FRAME_BYTES), true);
  const length = libc.recvmsg(fd, address, MSG_DONTWAIT);
  if (length >= 0) return length;
  const error = errno();
  // ENETDOWN (100): the interface went; whatever is there comes with the next call.
  if (error === EAGAIN || error === 100) return -1;
  throw new SystemError('recvmsg', error);
}

/** The kernel takes the outermost tag out of the frame and tells it beside. */
function withTag(frame: Uint8Array): Uint8Array {
  const { view } = $workMessage;
  const status = view.getUint32(CONTROL_AT + AUX.status, true);
  if (view.getBigUint64(40, true) === 0n || (status & VLAN_VALID) === 0) return frame;
  const tagged = new Uint8Array(frame.length + 4);
  tagged.set(frame.subarray(0, 12));
  const tag = new DataView(tagged.buffer, 12, 4);
  tag.setUint16(0, (status & TPID_VALID) === 0 ? 0x8100 : view.getUint16(CONTROL_AT + AUX.tpid, true));
  tag.setUint16(2, view.getUint16(CONTROL_AT + AUX.tci, true));
  tagged.set(frame.subarray(12), 16);
  return tagged;
}
