import { allocate, checked, libc } from '../../kernel/libc.ts';
import type { NetworkNamespace } from '../../kernel/namespace.ts';
import type { Execute } from '../../datapath.ts';
import { structOf } from './artefact.ts';
import { GroupPool } from './group-pool.ts';
import { SLOTS, type KernelObjects } from './objects.ts';
import { VNET_HEADER, writeVnetHeader } from './offload.ts';
import { compileActions, type Targets } from './steps.ts';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const SOL_PACKET = 263;
const PACKET_VNET_HDR = 15;
const SOL_SOCKET = 1;
const SO_MARK = 36;
const SO_SNDBUF = 7;
const SLOT_MARK = 0x8000_0000;
const MMSGHDR = 64;
const IOVEC = 16;
const CONTROL = 24;
const ARENA_BYTES = 1 << 20;
const MIN_FRAME = 14;

/**
 * Sends packets from user space through the programs: each goes out of the private veth with a mark
 * that names a slot, the slot says what to do, and the veth's egress program does it. A send returns
 * when the packet is through, so slots are free again after each sendmmsg.
 */
export class Injector {
  readonly #socket: number;
  readonly #targets: Targets;
  readonly #groups: GroupPool;
  readonly #slots: DataView;
  readonly #at;
  readonly #messages = allocate(SLOTS * (MMSGHDR + 2 * IOVEC + CONTROL + 16));
  readonly #arena = allocate(ARENA_BYTES);
  #queued = 0;
  #used = 0;
  /** Packets that the kernel did not take. */
  failed = 0;

  constructor(objects: KernelObjects, options: { namespace: NetworkNamespace; ifindex: number; targets: Targets }) {
    this.#targets = options.targets;
    this.#groups = new GroupPool(objects);
    this.#slots = objects.shared('slots').view;
    this.#at = structOf(objects.artefact, 'slot', ['in_port', 'tunnel_key', 'lookup', 'steps']);
    const scratch = allocate(20);
    this.#socket = options.namespace.run(() =>
      checked('packet socket', libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)),
    );
    scratch.view.setUint32(0, 1, true);
    checked('PACKET_VNET_HDR', libc.setsockopt(this.#socket, SOL_PACKET, PACKET_VNET_HDR, scratch.address, 4));
    scratch.view.setUint32(0, 1 << 23, true);
    libc.setsockopt(this.#socket, SOL_SOCKET, SO_SNDBUF, scratch.address, 4);
    scratch.view.setUint32(0, 0, true);
    scratch.view.setUint16(0, AF_PACKET, true);
    scratch.view.setInt32(4, options.ifindex, true);
    checked('packet bind', libc.bind(this.#socket, scratch.address, 20));
    this.#prepare();
  }

  execute(packets: readonly Execute[]): void {
    for (const packet of packets) this.#queue(packet);
    this.#send();
  }

  close(): void {
    libc.close(this.#socket);
  }

  /** The parts of each message that never change: where its vectors and its mark are. */
  #prepare(): void {
    const { view, address } = this.#messages;
    for (let i = 0; i < SLOTS; i++) {
      const message = i * MMSGHDR;
      const vectors = SLOTS * MMSGHDR + i * 2 * IOVEC;
      const control = SLOTS * (MMSGHDR + 2 * IOVEC) + i * (CONTROL + 16);
      view.setBigUint64(message + 16, address + BigInt(vectors), true);
      view.setBigUint64(message + 24, 1n, true);
      view.setBigUint64(message + 32, address + BigInt(control), true);
      view.setBigUint64(message + 40, BigInt(CONTROL), true);
      view.setBigUint64(control, 20n, true);
      view.setInt32(control + 8, SOL_SOCKET, true);
      view.setInt32(control + 12, SO_MARK, true);
      view.setUint32(control + 16, (SLOT_MARK | i) >>> 0, true);
    }
  }

  #queue(packet: Execute): void {
    const { frame } = packet;
    const length = VNET_HEADER + frame.length;
    if (frame.length < MIN_FRAME || length > ARENA_BYTES) {
      this.failed++;
      return;
    }
    if (this.#queued === SLOTS || this.#used + length > ARENA_BYTES) this.#send();
    const index = this.#queued;
    const base = index * this.#at.size;
    if (packet.actions === 'lookup') {
      this.#slots.setUint32(base + this.#at.lookup, 1, true);
    } else {
      const compiled = compileActions(packet.actions, this.#targets);
      if (compiled.kind === 'refused') {
        this.failed++;
        return;
      }
      this.#groups.write(index, compiled.steps);
      this.#slots.setUint32(base + this.#at.lookup, 0, true);
      this.#slots.setUint32(base + this.#at.steps, compiled.steps.length, true);
    }
    this.#slots.setUint32(base + this.#at.in_port, packet.inPort, true);
    this.#slots.setUint32(base + this.#at.tunnel_key, packet.tunnelKey ?? 0, true);
    writeVnetHeader(frame, packet.gsoSize, this.#arena.view, this.#used);
    this.#arena.bytes.set(frame, this.#used + VNET_HEADER);
    const vector = SLOTS * MMSGHDR + index * 2 * IOVEC;
    this.#messages.view.setBigUint64(vector, this.#arena.address + BigInt(this.#used), true);
    this.#messages.view.setBigUint64(vector + 8, BigInt(length), true);
    this.#used += (length + 15) & ~15;
    this.#queued++;
  }

  #send(): void {
    let done = 0;
    while (done < this.#queued) {
      const address = this.#messages.address + BigInt(done * MMSGHDR);
      const sent = libc.sendmmsg(this.#socket, address, this.#queued - done, 0);
      done += Math.max(sent, 0);
      if (done === this.#queued) break;
      // The next one failed, or its program ended it behind its last copy (a flood), which looks the
      // same from here. Trying again would send those copies twice.
      this.failed++;
      done++;
    }
    this.#queued = 0;
    this.#used = 0;
  }
}
