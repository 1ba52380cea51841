import type { TunnelKey } from '@midonet/flow';
import { frame as compose, parseVxlan, vxlan, VXLAN_SIZE, type Ip4 } from '@midonet/packet';
import { allocate, checked, EAGAIN, errno, libc, SystemError } from '../src/kernel/libc.ts';
import type { NetworkNamespace } from '../src/kernel/namespace.ts';
import type { TestPeer } from './harness.ts';

const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
const MSG_DONTWAIT = 0x40;
const BUFFER_BYTES = 65_536;

/** Owned by the peer that is being read or written: one thread, synchronous calls. */
const $workDatagram = allocate(BUFFER_BYTES);
/** msghdr at 0 (56 bytes), iovec at 56, sockaddr_in at 72. */
const $workMessage = allocate(96);

/** The far end of VXLAN tunnels as a plain UDP socket: the kernel's own UDP says what is well formed. */
export class VxlanPeer implements TestPeer {
  readonly address: Ip4;
  readonly #fd: number;
  readonly #to: { readonly address: Ip4; readonly port: number };

  constructor(namespace: NetworkNamespace, address: Ip4, to: { readonly address: Ip4; readonly port: number }) {
    this.address = address;
    this.#to = to;
    this.#fd = namespace.run(() => checked('UDP socket', libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0)));
    writeAddress(0, address, to.port);
    checked('UDP bind', libc.bind(this.#fd, $workMessage.address, 16));
  }

  send(key: TunnelKey, inner: Uint8Array): void {
    const datagram = compose(vxlan(key), inner);
    $workDatagram.bytes.set(datagram);
    const { address, view, bytes } = $workMessage;
    bytes.fill(0);
    writeAddress(72, this.#to.address, this.#to.port);
    view.setBigUint64(0, address + 72n, true);
    view.setUint32(8, 16, true);
    view.setBigUint64(16, address + 56n, true);
    view.setBigUint64(24, 1n, true);
    view.setBigUint64(56, $workDatagram.address, true);
    view.setBigUint64(64, BigInt(datagram.length), true);
    checked('UDP send', libc.sendmsg(this.#fd, address, 0));
  }

  take(): { readonly tunnelKey: number; readonly frame: Uint8Array }[] {
    const packets: { readonly tunnelKey: number; readonly frame: Uint8Array }[] = [];
    for (;;) {
      const length = libc.recv(this.#fd, $workDatagram.address, BUFFER_BYTES, MSG_DONTWAIT);
      if (length < 0) {
        if (errno() === EAGAIN) return packets;
        throw new SystemError('UDP receive', errno());
      }
      const header = parseVxlan($workDatagram.bytes, 0, length);
      if (header.kind !== 'vxlan') throw new Error(`not VXLAN: ${JSON.stringify(header)}`);
      packets.push({ tunnelKey: header.vni, frame: $workDatagram.bytes.slice(VXLAN_SIZE, length) });
    }
  }

  close(): void {
    libc.close(this.#fd);
  }
}

function writeAddress(at: number, address: Ip4, port: number): void {
  const { view } = $workMessage;
  view.setUint16(at, AF_INET, true);
  view.setUint16(at + 2, port);
  view.setUint32(at + 4, address);
  view.setBigUint64(at + 8, 0n);
}
