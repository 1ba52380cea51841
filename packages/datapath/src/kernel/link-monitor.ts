import type { Ip4, Ip6, IpAddress, Mac } from '@midonet/packet';
import { SystemError } from './libc.ts';
import { LINK_HEADER, RTM_GETLINK, RTM_NEWLINK } from './link-message.ts';
import { attributes, attributeText, RouteSocket, type Message } from './netlink.ts';
import { NetworkNamespace } from './namespace.ts';
import { pollReadable } from './poll.ts';

export type LinkAddress = { readonly address: IpAddress; readonly length: number };

/** A network interface as the kernel describes it. */
export type Link = {
  readonly ifindex: number;
  readonly name: string;
  /** Absent on interfaces that are not Ethernet. */
  readonly mac?: Mac;
  readonly mtu: number;
  /** Administratively up. */
  readonly up: boolean;
  readonly carrier: boolean;
  /** 'veth', 'tun', 'bridge', …; '' for hardware. */
  readonly kind: string;
  /** A veth whose other end is in another namespace. */
  readonly peerElsewhere: boolean;
  /** Bytes of the longest train of TCP segments that is given to it as one packet. */
  readonly gsoMaxSize: number;
  /** What its driver can take at most; 0 where the kernel has no BIG TCP for IPv4 (before 6.3). */
  readonly tsoMaxSize: number;
  readonly addresses: readonly LinkAddress[];
};

export type LinkChange =
  | { readonly kind: 'changed'; readonly link: Link; readonly before?: Link }
  | { readonly kind: 'gone'; readonly link: Link };

const RTM_DELLINK = 17;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;
const GROUPS = 0x1 | 0x10 | 0x100;
const IFF_UP = 1;
const IFF_RUNNING = 0x40;
const IFLA = {
  ...{ address: 1, name: 3, mtu: 4, info: 18, netnsid: 37 },
  ...{ gsoMaxSize: 41, tsoMaxSize: 59, gsoIpv4MaxSize: 63 },
} as const;
const IFA = { address: 1, local: 2 } as const;
/** What all devices take, and all that kernels without BIG TCP for IPv4 know of. */
const LEGACY_GSO = 65_536;
const AF_INET = 2;
const ADDRESS_HEADER = 8;

/**
 * The interfaces of one namespace, kept up to date from rtnetlink. Opening reads them all;
 * `refresh()` takes in at once what the event loop has not delivered yet.
 */
export class LinkMonitor {
  readonly #events: RouteSocket;
  readonly #requests: RouteSocket;
  readonly #onChange: (change: LinkChange) => void;
  readonly #links = new Map<number, Link>();
  readonly #stop: () => void;
  #closed = false;

  /** `failed` gets errors of the background reading. Throws SystemError. */
  constructor(options: {
    readonly namespace?: NetworkNamespace;
    readonly onChange: (change: LinkChange) => void;
    readonly failed: (error: unknown) => void;
  }) {
    const namespace = options.namespace ?? new NetworkNamespace(undefined);
    this.#onChange = options.onChange;
    [this.#events, this.#requests] = namespace.run(() => [new RouteSocket(GROUPS), new RouteSocket(0)] as const);
    this.#readAll(false);
    this.#stop = pollReadable(this.#events.fd, () => this.refresh(), options.failed);
  }

  links(): readonly Link[] {
    return [...this.#links.values()];
  }

  byName(name: string): Link | undefined {
    for (const link of this.#links.values()) if (link.name === name) return link;
    return undefined;
  }

  byIndex(ifindex: number): Link | undefined {
    return this.#links.get(ifindex);
  }

  /** Reads the events that are there now. */
  refresh(): void {
    while (!this.#closed) {
      const messages = this.#events.receive(false);
      if (messages === 'overrun') {
        this.#readAll(true);
        continue;
      }
      if (messages.length === 0) return;
      for (const message of messages) this.#take(message, true);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop();
    this.#events.close();
    this.#requests.close();
  }

  #readAll(announce: boolean): void {
    const seen = new Set<number>();
    this.#requests.dump(RTM_GETLINK, new Uint8Array(LINK_HEADER), (message) => {
      if (message.type === RTM_NEWLINK) seen.add(message.body.getInt32(4, true));
      this.#take(message, announce);
    });
    for (const link of [...this.#links.values()]) if (!seen.has(link.ifindex)) this.#forget(link, announce);
    this.#requests.dump(RTM_GETADDR, new Uint8Array(ADDRESS_HEADER), (message) => this.#take(message, announce));
  }

  #take(message: Message, announce: boolean): void {
    const { type, body } = message;
    if (type === RTM_NEWLINK) {
      // Bridge ports are announced once more in family AF_BRIDGE, with little in it.
      if (body.getUint8(0) !== 0) return;
      const before = this.#links.get(body.getInt32(4, true));
      this.#store(linkOf(body, before?.addresses ?? []), before, announce);
    } else if (type === RTM_DELLINK) {
      const link = this.#links.get(body.getInt32(4, true));
      if (link !== undefined && body.getUint8(0) === 0) this.#forget(link, announce);
    } else if (type === RTM_NEWADDR || type === RTM_DELADDR) {
      const before = this.#links.get(body.getUint32(4, true));
      const entry = addressOf(body);
      if (before === undefined || entry === undefined) return;
      const addresses = before.addresses.filter((other) => other.address !== entry.address);
      if (type === RTM_NEWADDR) addresses.push(entry);
      this.#store({ ...before, addresses }, before, announce);
    }
  }

  #store(link: Link, before: Link | undefined, announce: boolean): void {
    this.#links.set(link.ifindex, link);
    if (announce) this.#onChange({ kind: 'changed', link, ...(before && { before }) });
  }

  #forget(link: Link, announce: boolean): void {
    this.#links.delete(link.ifindex);
    if (announce) this.#onChange({ kind: 'gone', link });
  }
}

/** How the kernel has an interface at this moment, addresses apart, whatever events of it are still to be read. */
export function linkNamed(requests: RouteSocket, name: string): Link | undefined {
  const text = new TextEncoder().encode(`${name}\0`);
  const body = new Uint8Array(LINK_HEADER + ((4 + text.length + 3) & ~3));
  const view = new DataView(body.buffer);
  view.setUint16(LINK_HEADER, 4 + text.length, true);
  view.setUint16(LINK_HEADER + 2, IFLA.name, true);
  body.set(text, LINK_HEADER + 4);
  try {
    const answer = requests.request(RTM_GETLINK, body);
    return answer === undefined ? undefined : linkOf(answer.body, []);
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENODEV') return undefined;
    throw error;
  }
}

function linkOf(body: DataView, addresses: readonly LinkAddress[]): Link {
  const flags = body.getUint32(8, true);
  const found = attributes(body, LINK_HEADER);
  const mac = found.get(IFLA.address);
  const info = found.get(IFLA.info);
  const kind = info === undefined ? '' : attributeText(attributes(info, 0).get(1));
  const gsoIpv4 = found.get(IFLA.gsoIpv4MaxSize)?.getUint32(0, true);
  return {
    ifindex: body.getInt32(4, true),
    name: attributeText(found.get(IFLA.name)),
    ...(mac?.byteLength === 6 && { mac: (mac.getUint16(0) * 0x1_0000_0000 + mac.getUint32(2)) as Mac }),
    mtu: found.get(IFLA.mtu)?.getUint32(0, true) ?? 0,
    up: (flags & IFF_UP) !== 0,
    carrier: (flags & IFF_RUNNING) !== 0,
    kind,
    peerElsewhere: kind === 'veth' && found.has(IFLA.netnsid),
    gsoMaxSize: Math.min(found.get(IFLA.gsoMaxSize)?.getUint32(0, true) ?? 0, gsoIpv4 ?? LEGACY_GSO),
    tsoMaxSize: gsoIpv4 === undefined ? 0 : (found.get(IFLA.tsoMaxSize)?.getUint32(0, true) ?? 0),
    addresses,
  };
}

function addressOf(body: DataView): LinkAddress | undefined {
  const found = attributes(body, ADDRESS_HEADER);
  const value = found.get(IFA.local) ?? found.get(IFA.address);
  if (value === undefined) return undefined;
  const length = body.getUint8(1);
  if (body.getUint8(0) === AF_INET) return { address: value.getUint32(0) as Ip4, length };
  return { address: ((value.getBigUint64(0) << 64n) | value.getBigUint64(8)) as Ip6, length };
}
