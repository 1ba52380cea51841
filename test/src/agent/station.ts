import type { FabricInterface } from '@midonet/datapath/memory';
import {
  arp,
  ARP_REPLY,
  ARP_REQUEST,
  dissect,
  ethernet,
  frame,
  icmp4,
  ipv4,
  MAC_BROADCAST,
  MAC_ZERO,
  parseIp4,
  parseMac,
  printFrame,
  udp,
  type Ip4,
  type Mac,
} from '@midonet/packet';
import { until } from './rig.ts';

export type StationOptions = {
  readonly name: string;
  readonly address: string;
  readonly gateway?: string | undefined;
  /** Its virtual port. */
  readonly port: string;
};

/** A small machine on an interface: answers ARP and echo requests, resolves, pings, remembers. */
export class Station {
  readonly port: string;
  readonly mac: Mac;
  readonly ip: Ip4;
  readonly name: string;
  /** One line a frame, as received. */
  readonly log: string[] = [];
  readonly frames: Uint8Array[] = [];
  readonly #gateway: Ip4 | undefined;
  readonly #wire: FabricInterface;
  readonly #neighbours = new Map<Ip4, Mac>();
  readonly #echoes = new Set<number>();
  #sequence = 0;
  /** A dead machine takes frames and says nothing. */
  silent = false;

  constructor(wire: FabricInterface, options: StationOptions) {
    this.port = options.port;
    this.name = options.name;
    this.ip = ip(options.address);
    this.mac = mac(
      `02:00:${options.address
        .split('.')
        .map((part) => Number(part).toString(16).padStart(2, '0'))
        .join(':')}`,
    );
    this.#gateway = options.gateway === undefined ? undefined : ip(options.gateway);
    this.#wire = wire;
    wire.listen((bytes) => this.#receive(bytes));
  }

  /** Echo request and reply, resolving the next hop first. Throws with everything received when there is no answer. */
  async ping(address: string): Promise<void> {
    const target = ip(address);
    const hop = await this.resolve(this.#nextHop(target));
    const sequence = ++this.#sequence;
    const message = icmp4({ kind: 'echoRequest', id: 77, sequence });
    this.send(
      frame(ethernet({ dst: hop, src: this.mac }), ipv4({ src: this.ip, dst: target }), message, new Uint8Array(32)),
    );
    await until(
      `${this.name} to get an echo reply from ${address}`,
      () => this.#echoes.has(sequence),
      () => this.log.join('\n'),
    );
  }

  async resolve(target: Ip4): Promise<Mac> {
    const known = this.#neighbours.get(target);
    if (known !== undefined) return known;
    const query = arp({
      operation: ARP_REQUEST,
      senderMac: this.mac,
      senderIp: this.ip,
      targetMac: MAC_ZERO,
      targetIp: target,
    });
    this.send(frame(ethernet({ dst: MAC_BROADCAST, src: this.mac }), query));
    await until(
      `${this.name} to resolve ${target}`,
      () => this.#neighbours.has(target),
      () => this.log.join('\n'),
    );
    return this.#neighbours.get(target) ?? MAC_ZERO;
  }

  /** One UDP datagram to an address whose next hop was resolved before. */
  udp(address: string, srcPort: number, dstPort = 9, size = 8): void {
    const target = ip(address);
    const hop = this.#neighbours.get(this.#nextHop(target)) ?? MAC_ZERO;
    this.send(
      frame(
        ethernet({ dst: hop, src: this.mac }),
        ipv4({ src: this.ip, dst: target, dontFragment: true }),
        udp({ srcPort, dstPort }),
        new Uint8Array(size),
      ),
    );
  }

  send(bytes: Uint8Array): void {
    this.#wire.send(bytes);
  }

  forget(): void {
    this.#neighbours.clear();
  }

  /** Frames received that print with `text` in them. */
  count(text: string): number {
    return this.log.filter((line) => line.includes(text)).length;
  }

  #nextHop(target: Ip4): Ip4 {
    return this.#gateway !== undefined && target >>> 8 !== this.ip >>> 8 ? this.#gateway : target;
  }

  #receive(bytes: Uint8Array): void {
    this.log.push(printFrame(bytes));
    this.frames.push(bytes);
    if (this.silent) return;
    const headers = dissect(bytes).map((layer) => layer.header);
    const [link, second, third] = headers;
    if (link?.kind !== 'ethernet') return;
    if (second?.kind === 'arp') {
      if (second.operation === ARP_REPLY || second.targetIp === this.ip)
        this.#neighbours.set(second.senderIp, second.senderMac);
      if (second.operation === ARP_REQUEST && second.targetIp === this.ip) {
        const answer = arp({
          operation: ARP_REPLY,
          senderMac: this.mac,
          senderIp: this.ip,
          targetMac: second.senderMac,
          targetIp: second.senderIp,
        });
        this.send(frame(ethernet({ dst: link.src, src: this.mac }), answer));
      }
    }
    if (second?.kind !== 'ipv4' || second.dst !== this.ip || third?.kind !== 'icmp4' || link.dst !== this.mac) return;
    const { message } = third;
    if (message.kind === 'echoReply') this.#echoes.add(message.sequence);
    if (message.kind === 'echoRequest') {
      const answer = icmp4({ kind: 'echoReply', id: message.id, sequence: message.sequence });
      this.send(
        frame(
          ethernet({ dst: link.src, src: this.mac }),
          ipv4({ src: this.ip, dst: second.src }),
          answer,
          new Uint8Array(32),
        ),
      );
    }
  }
}

function ip(text: string): Ip4 {
  const parsed = parseIp4(text);
  if (parsed === undefined) throw new Error(`'${text}' is no IPv4 address`);
  return parsed;
}

function mac(text: string): Mac {
  const parsed = parseMac(text);
  if (parsed === undefined) throw new Error(`'${text}' is no MAC`);
  return parsed;
}
