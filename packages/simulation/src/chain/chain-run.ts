import {
  deviceTag,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  FRAG_LATER,
  FRAG_NONE,
  ipAddrGroupTag,
  portGroupTag,
  type Missing,
} from '@midonet/flow';
import type { IpAddrGroupId, PortGroupId, PortId } from '@midonet/topology';
import { track } from '../connection/track.ts';
import type { Walk } from '../walk.ts';
import { PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP, PROTO_UDP } from '../answer/numbers.ts';
import type { End } from './expression.ts';

type GroupUse = 'ingress' | 'in' | 'out' | End;

/**
 * One packet at one hook. Membership in a group is looked up once, however many rules ask about it.
 * What a rule could not be told is in `missing`; the answer it was given instead means nothing.
 */
export class ChainRun {
  readonly walk: Walk;
  /** The port through which the packet came into the device, and leaves it; none where there is none. */
  readonly inPort: PortId | undefined;
  readonly outPort: PortId | undefined;
  missing: Missing | undefined;
  /** Chains entered so far. */
  entered = 0;
  /** The rule that applied last: the one that decides, when a chain decides. */
  lastApplied = '';
  /** Translations made so far. */
  rewrites = 0;
  /** Asked by most rules and the same all through a hook; -1 until the first one asks. */
  #type = -1;
  #protocol = -1;
  readonly #members: Readonly<Record<GroupUse, Map<string, boolean>>> = {
    ingress: new Map(),
    in: new Map(),
    out: new Map(),
    src: new Map(),
    dst: new Map(),
  };

  constructor(walk: Walk, inPort: PortId | undefined, outPort: PortId | undefined) {
    this.walk = walk;
    this.inPort = inPort;
    this.outPort = outPort;
  }

  port(of: 'ingress' | 'in' | 'out'): PortId | undefined {
    return of === 'in' ? this.inPort : of === 'out' ? this.outPort : this.walk.ingressPort;
  }

  inPortGroup(of: 'ingress' | 'in' | 'out', group: PortGroupId): boolean {
    const known = this.#members[of].get(group);
    if (known !== undefined) return known;
    const device = this.walk.topology.portGroup(group);
    if (device === undefined) return this.#lacks({ kind: 'portGroup', id: group });
    const port = this.port(of);
    this.walk.tag(deviceTag('portGroup', group));
    if (port !== undefined) this.walk.tag(portGroupTag(group, port));
    const member = port !== undefined && device.members.has(port);
    this.#members[of].set(group, member);
    return member;
  }

  /** Reads the whole address: that is what a membership depends on. */
  inAddressGroup(of: End, group: IpAddrGroupId): boolean {
    const known = this.#members[of].get(group);
    if (known !== undefined) return known;
    const device = this.walk.topology.ipAddrGroup(group);
    if (device === undefined) return this.#lacks({ kind: 'ipAddrGroup', id: group });
    this.walk.tag(deviceTag('ipAddrGroup', group));
    let member = false;
    if (this.hasAddresses()) {
      const address = of === 'src' ? this.walk.packet.ipSrc() : this.walk.packet.ipDst();
      this.walk.tag(ipAddrGroupTag(group, address));
      member = device.addresses.has(address);
    }
    this.#members[of].set(group, member);
    return member;
  }

  /** An answer, or an error about the connection; what devices made themselves counts as that too. */
  isReturn(): boolean {
    if (this.walk.ingressPort === undefined) return true;
    const standing = track(this.walk);
    if (standing.kind === 'missing') return this.#lacks(standing.missing);
    return standing.kind === 'known' && (standing.isError || standing.direction === 'reply');
  }

  /** Addresses were translated: what was found for the old ones does not hold. */
  rewritten(): void {
    this.rewrites++;
    this.#members.src.clear();
    this.#members.dst.clear();
  }

  /** Tags were changed: what lies behind the outermost one may be another type. */
  retagged(): void {
    this.rewritten();
    this.#type = -1;
    this.#protocol = -1;
  }

  etherType(): number {
    if (this.#type < 0) this.#type = this.walk.packet.ethType();
    return this.#type;
  }

  /** Of IP; the operation of ARP. */
  protocol(): number {
    if (this.#protocol < 0) this.#protocol = this.walk.packet.ipProto();
    return this.#protocol;
  }

  /** IPv4, IPv6 or ARP. */
  hasAddresses(): boolean {
    const type = this.etherType();
    return type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6 || type === ETHERTYPE_ARP;
  }

  isIp(): boolean {
    const type = this.etherType();
    return type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6;
  }

  /** TCP or UDP ports, or an ICMP type and code, are there. */
  hasPorts(): boolean {
    const { packet } = this.walk;
    if (!this.isIp()) return false;
    const protocol = this.protocol();
    const icmp = this.etherType() === ETHERTYPE_IPV4 ? PROTO_ICMP : PROTO_ICMPV6;
    if (protocol !== PROTO_TCP && protocol !== PROTO_UDP && protocol !== icmp) return false;
    return packet.ipFrag() !== FRAG_LATER;
  }

  /** FRAG_NONE for whatever is no IP. */
  fragment(): number {
    return this.isIp() ? this.walk.packet.ipFrag() : FRAG_NONE;
  }

  #lacks(missing: Missing): false {
    this.missing = missing;
    return false;
  }
}
