import { isGroupMac, network4, network6, type IpAddress, type Mac } from '@midonet/packet';
import type { Rewrite, TunnelKey } from './actions.ts';
import {
  emptyKey,
  emptyMask,
  ETHERTYPE_IPV6,
  getField,
  keyEthDst,
  keyEthSrc,
  keyIpDst,
  keyIpSrc,
  setField,
  setKeyEthDst,
  setKeyEthSrc,
  setKeyIp,
  type FlowKey,
  type FlowMask,
  type KeyField,
} from './flow-key.ts';
import { IP_DST_WORD, IP_SRC_WORD, KEY_LAYOUT, VLAN_PRESENT } from './key-layout.ts';
import { sameField, setOf, type SettableField } from './set-fields.ts';
import { TagStack } from './tag-stack.ts';

/** A longest-prefix table that tells how many leading bits of the address it looked at. */
export type PrefixTable<M extends { readonly examinedBits: number }> = {
  lookup(words: Uint32Array, offset: number): M;
};

/** A point in a packet's way through devices, made by `mark()`; valid until the next `reset()`. */
export type Mark = {
  readonly written: number;
  readonly ttlTaken: number;
  readonly work: FlowKey;
  readonly tags: TagStack;
};

/** The fields a device may write, one bit each in `#written`. */
const FIELD_BIT = {
  ethSrc: 1,
  ethDst: 2,
  ipSrc: 4,
  ipDst: 8,
  ipTos: 16,
  l4Src: 32,
  l4Dst: 64,
  icmpId: 128,
} as const satisfies Record<SettableField, number>;

const SETTABLE: readonly SettableField[] = ['ethSrc', 'ethDst', 'ipSrc', 'ipDst', 'ipTos', 'l4Src', 'l4Dst', 'icmpId'];

const ETHERTYPE_VLAN = 0x8100;
const ECN_BITS = 3;

/** Words 2 and 4 (or 3 and 4) hold a MAC; the group bit is the low bit of its first octet. */
const GROUP_BIT_SRC = 0x0100_0000;
const GROUP_BIT_DST = 0x0000_0100;

/**
 * The only way a simulation reads a packet's key. It keeps three things apart:
 *
 * - the original key, as the datapath extracted it,
 * - the work key, as devices on the path have rewritten it,
 * - the mask: every original bit whose value was given to a device.
 *
 * Reading a field that no device has written marks its bits; reading one that was written gives the
 * device's own value, on which the flow does not depend. Reads of a layer also mark what tells that
 * the layer is there (ethType; ipProto and ipFrag for ports), which Open vSwitch insists on too.
 *
 * One object serves any number of packets: `reset(key)` starts over, and nothing is allocated for a
 * packet but the results of `mark()` and `rewritesSince()`.
 */
export class PacketReader {
  /** Borrowed: valid until the next `reset()`; copy it into the outcome with `slice()`. */
  readonly mask: FlowMask = emptyMask();
  /** The packet as it came in, before any write: `rewritesSince(reader.start)` is the whole change. */
  readonly start: Mark = { written: 0, ttlTaken: 0, work: emptyKey(), tags: new TagStack() };
  readonly #work: FlowKey = emptyKey();
  readonly #original: FlowKey = emptyKey();
  readonly #tags = new TagStack();
  #written = 0;
  #ttlTaken = 0;
  #ttlAbove = 0;
  /** Bits of the ports that were read for themselves, not to tell a connection. */
  #plainPorts = 0;
  #writtenPortsRead = 0;

  /** Starts over with another packet; `key` is copied. */
  reset(key: FlowKey): void {
    this.#original.set(key);
    this.#work.set(key);
    this.mask.fill(0);
    this.#tags.clear();
    this.#written = 0;
    this.#ttlTaken = 0;
    this.#ttlAbove = 0;
    this.#plainPorts = 0;
    this.#writtenPortsRead = 0;
  }

  /** What `look` reads, nothing depends on. */
  aside<T>(look: () => T): T {
    const [mask, plainPorts, writtenPortsRead] = [this.mask.slice(), this.#plainPorts, this.#writtenPortsRead];
    const result = look();
    this.mask.set(mask);
    this.#plainPorts = plainPorts;
    this.#writtenPortsRead = writtenPortsRead;
    return result;
  }

  /**
   * The mask without one of the ports, when that was read to tell the packet's connection and for
   * nothing else, as it came or as it was written: packets that differ there fare alike, but for what
   * is known of their connections. Undefined when they do not.
   */
  maskWithout(port: 'l4Src' | 'l4Dst'): FlowMask | undefined {
    const { word, shift } = KEY_LAYOUT[port];
    const bits = 0xffff << shift;
    if ((this.#plainPorts & bits) !== 0 || (this.#writtenPortsRead & FIELD_BIT[port]) !== 0) return undefined;
    const mask = this.mask.slice() as FlowMask;
    mask[word]! &= ~bits;
    return mask;
  }

  /** What `Outcome.ttlAbove` must say: the most that any branch has taken off TTL so far. */
  get ttlAbove(): number {
    return this.#ttlAbove;
  }

  /** What devices have taken off TTL or hop limit so far. */
  get ttlTaken(): number {
    return this.#ttlTaken;
  }

  inPort(): number {
    return this.#field('inPort');
  }

  tunnelKey(): TunnelKey {
    return this.#field('tunnelKey') as TunnelKey;
  }

  ethSrc(): Mac {
    if ((this.#written & FIELD_BIT.ethSrc) === 0) this.#markMac(2, 0xffff0000);
    return keyEthSrc(this.#work);
  }

  ethDst(): Mac {
    if ((this.#written & FIELD_BIT.ethDst) === 0) this.#markMac(3, 0x0000ffff);
    return keyEthDst(this.#work);
  }

  /** Reads one bit: is the source a multicast or broadcast address? */
  ethSrcIsGroup(): boolean {
    if ((this.#written & FIELD_BIT.ethSrc) === 0) this.#markWord(4, GROUP_BIT_SRC);
    return isGroupMac(keyEthSrc(this.#work));
  }

  /** Reads one bit: is the destination a multicast or broadcast address? */
  ethDstIsGroup(): boolean {
    if ((this.#written & FIELD_BIT.ethDst) === 0) this.#markWord(4, GROUP_BIT_DST);
    return isGroupMac(keyEthDst(this.#work));
  }

  /** The type behind the outermost tag; a tag's own type (0x8100) when another tag follows it. */
  ethType(): number {
    if (this.#tags.hasInner()) return ETHERTYPE_VLAN;
    if (this.#tags.coversOriginal()) {
      this.#markWord(5, VLAN_PRESENT);
      if ((getField(this.#original, 'vlanTci') & VLAN_PRESENT) !== 0) return ETHERTYPE_VLAN;
    }
    return this.#field('ethType');
  }

  /** Reads one bit of the tag. Priority tags (VLAN 0) count as tags. */
  isTagged(): boolean {
    return (this.#tci(VLAN_PRESENT) & VLAN_PRESENT) !== 0;
  }

  /** VLAN id of the outermost tag; 0 when untagged or only priority-tagged. */
  vlanId(): number {
    return this.#tci(VLAN_PRESENT | 0x0fff) & 0x0fff;
  }

  /** The outermost tag as in the key: VLAN_PRESENT is set when there is one, 0 otherwise. */
  vlanTci(): number {
    return this.#tci(0xffff);
  }

  ipProto(): number {
    this.#markEthType();
    return this.#field('ipProto');
  }

  ipTos(): number {
    this.#markEthType();
    return (this.#written & FIELD_BIT.ipTos) !== 0 ? getField(this.#work, 'ipTos') : this.#field('ipTos');
  }

  /** The two low bits of ipTos, those of ECN (RFC 3168): marks no other bit. */
  ipEcn(): number {
    this.#markEthType();
    if ((this.#written & FIELD_BIT.ipTos) !== 0) return getField(this.#work, 'ipTos') & ECN_BITS;
    const { word, shift } = KEY_LAYOUT.ipTos;
    this.#markWord(word, ECN_BITS << shift);
    return getField(this.#original, 'ipTos') & ECN_BITS;
  }

  /** The value itself, for what depends on all of it. To forward use decTtl(), which marks no bit. */
  ipTtl(): number {
    this.#markEthType();
    this.#markField('ipTtl');
    return getField(this.#original, 'ipTtl') - this.#ttlTaken;
  }

  /** FRAG_NONE, FRAG_FIRST or FRAG_LATER. */
  ipFrag(): number {
    this.#markEthType();
    return this.#field('ipFrag');
  }

  /** Source address; the sender of ARP. With `prefixLength` only so many bits are read, the rest are zero. */
  ipSrc(prefixLength?: number): IpAddress {
    return this.#address(IP_SRC_WORD, FIELD_BIT.ipSrc, prefixLength);
  }

  /** Destination address; the target of ARP. With `prefixLength` only so many bits are read, the rest are zero. */
  ipDst(prefixLength?: number): IpAddress {
    return this.#address(IP_DST_WORD, FIELD_BIT.ipDst, prefixLength);
  }

  /** Looks the source up; marks as many leading bits as the table says it examined. */
  lookupIpSrc<M extends { readonly examinedBits: number }>(table: PrefixTable<M>): M {
    return this.#lookup(table, IP_SRC_WORD, FIELD_BIT.ipSrc);
  }

  /** Looks the destination up; marks as many leading bits as the table says it examined. */
  lookupIpDst<M extends { readonly examinedBits: number }>(table: PrefixTable<M>): M {
    return this.#lookup(table, IP_DST_WORD, FIELD_BIT.ipDst);
  }

  /** Source port; 0 in later fragments. */
  l4Src(): number {
    return this.#l4('l4Src');
  }

  /** Destination port; 0 in later fragments. */
  l4Dst(): number {
    return this.#l4('l4Dst');
  }

  /** The source port to tell the packet's connection by, see `maskWithout`. */
  tupleSrcPort(): number {
    return this.#tuplePort('l4Src');
  }

  tupleDstPort(): number {
    return this.#tuplePort('l4Dst');
  }

  icmpType(): number {
    return this.#l4('l4Src');
  }

  icmpCode(): number {
    return this.#l4('l4Dst');
  }

  /** Identifier of an echo request or reply; 0 for other messages. */
  icmpId(): number {
    if ((this.#written & FIELD_BIT.icmpId) === 0) this.#markField('l4Src');
    return this.#l4('icmpId');
  }

  /** Whether a device on the way has written the destination address; reads nothing of the packet. */
  ipDstWritten(): boolean {
    return (this.#written & FIELD_BIT.ipDst) !== 0;
  }

  setEthSrc(value: Mac): void {
    setKeyEthSrc(this.#work, value);
    this.#written |= FIELD_BIT.ethSrc;
  }

  setEthDst(value: Mac): void {
    setKeyEthDst(this.#work, value);
    this.#written |= FIELD_BIT.ethDst;
  }

  /** `value` must be of the packet's own family. */
  setIpSrc(value: IpAddress): void {
    this.#markEthType();
    setKeyIp(this.#work, IP_SRC_WORD, value);
    this.#written |= FIELD_BIT.ipSrc;
  }

  /** `value` must be of the packet's own family. */
  setIpDst(value: IpAddress): void {
    this.#markEthType();
    setKeyIp(this.#work, IP_DST_WORD, value);
    this.#written |= FIELD_BIT.ipDst;
  }

  setIpTos(value: number): void {
    this.#markEthType();
    this.#set('ipTos', value);
  }

  /** TCP and UDP only. */
  setL4Src(value: number): void {
    this.#markL4();
    this.#set('l4Src', value);
  }

  /** TCP and UDP only. */
  setL4Dst(value: number): void {
    this.#markL4();
    this.#set('l4Dst', value);
  }

  /** Echo requests and replies only. */
  setIcmpId(value: number): void {
    this.#markL4();
    this.#markField('l4Src');
    this.#set('icmpId', value);
  }

  /**
   * Takes one off TTL or hop limit, as a router does. False when it would reach zero: the packet
   * then ends here, and as that holds for this TTL only, the field is marked. When true, no bit is
   * marked; instead `ttlAbove` grows so that smaller values go to user space.
   */
  decTtl(): boolean {
    this.#markEthType();
    const left = getField(this.#original, 'ipTtl') - this.#ttlTaken;
    if (left <= 1) {
      this.#markField('ipTtl');
      return false;
    }
    this.#ttlTaken++;
    if (this.#ttlTaken > this.#ttlAbove) this.#ttlAbove = this.#ttlTaken;
    return true;
  }

  /** Adds a tag. Bit 12 of `tci` is ignored. False (and nothing done) beyond MAX_PUSHED_TAGS. */
  pushVlan(tci: number): boolean {
    return this.#tags.push(tci);
  }

  /** Takes the outermost tag off. Only after isTagged() said true; false when there is none. */
  popVlan(): boolean {
    if (!this.isTagged()) return false;
    this.#tags.pop();
    return true;
  }

  /** Where the packet stands now, to come back to or to compute rewrites from. Allocates. */
  mark(): Mark {
    return {
      written: this.#written,
      ttlTaken: this.#ttlTaken,
      work: this.#work.slice() as FlowKey,
      tags: this.#tags.clone(),
    };
  }

  /**
   * Goes back to `mark` to try another branch (the next port of a flood). What was read stays
   * marked, as it decided too.
   */
  restore(mark: Mark): void {
    if (mark === this.start) this.#work.set(this.#original);
    else this.#work.set(mark.work);
    this.#written = mark.written;
    this.#ttlTaken = mark.ttlTaken;
    this.#tags.copyFrom(mark.tags);
  }

  /**
   * The rewrites that turn a packet as it was at `from` into the packet as it is now; put them
   * before the emit. A written field is always set, even to the value it had in this packet: other
   * packets of the flow have other values. A field that `from` had written and that is original now
   * is set back, which makes the flow depend on it.
   *
   * Undefined when it cannot be done in place: TTL would have to rise or a popped tag to come back.
   * Then put the earlier branch in a clone and compute from the mark before it.
   */
  rewritesSince(from: Mark): Rewrite[] | undefined {
    const rewrites: Rewrite[] = [];
    for (const field of SETTABLE) {
      const bit = FIELD_BIT[field];
      if ((this.#written & bit) !== 0) {
        if ((from.written & bit) === 0 || !sameField(field, from.work, this.#work)) {
          rewrites.push(setOf(field, this.#work));
        }
      } else if ((from.written & bit) !== 0) {
        this.#markOriginal(field);
        rewrites.push(setOf(field, this.#original));
      }
    }
    const by = this.#ttlTaken - from.ttlTaken;
    if (by < 0 || !this.#tags.appendRewrites(from.tags, rewrites)) return undefined;
    if (by > 0) rewrites.push({ kind: 'decTtl', by });
    return rewrites;
  }

  #field(field: KeyField): number {
    this.#markField(field);
    return getField(this.#original, field);
  }

  #markField(field: KeyField): void {
    const { word, shift, bits } = KEY_LAYOUT[field];
    this.#markWord(word, bits === 32 ? 0xffffffff : ((1 << bits) - 1) << shift);
  }

  #markWord(word: number, bits: number): void {
    if (word === KEY_LAYOUT.l4Src.word) this.#plainPorts |= bits;
    this.mask[word] = (this.mask[word] ?? 0) | bits;
  }

  #markMac(lowWord: number, highBits: number): void {
    this.#markWord(lowWord, 0xffffffff);
    this.#markWord(4, highBits);
  }

  /** Layers behind ethType exist, and lie where they lie, because of it. */
  #markEthType(): void {
    this.#markWord(KEY_LAYOUT.ethType.word, 0xffff0000);
  }

  #markL4(): void {
    this.#markEthType();
    this.#markField('ipProto');
    this.#markField('ipFrag');
  }

  #markPrefix(word: number, bits: number): void {
    for (let at = word, left = bits; left > 0; at++, left -= 32) {
      this.#markWord(at, left >= 32 ? 0xffffffff : ~(0xffffffff >>> left));
    }
  }

  #markOriginal(field: SettableField): void {
    if (field === 'ethSrc') this.#markMac(2, 0xffff0000);
    else if (field === 'ethDst') this.#markMac(3, 0x0000ffff);
    else if (field === 'ipSrc') this.#markPrefix(IP_SRC_WORD, this.#addressBits());
    else if (field === 'ipDst') this.#markPrefix(IP_DST_WORD, this.#addressBits());
    else this.#markField(field);
  }

  #addressBits(): number {
    return getField(this.#original, 'ethType') === ETHERTYPE_IPV6 ? 128 : 32;
  }

  #tci(bits: number): number {
    if (!this.#tags.showsOriginal()) return this.#tags.top();
    this.#markWord(KEY_LAYOUT.vlanTci.word, bits);
    return getField(this.#original, 'vlanTci');
  }

  #tuplePort(field: 'l4Src' | 'l4Dst'): number {
    if ((this.#written & FIELD_BIT[field]) !== 0) return getField(this.#work, field);
    this.#markL4();
    const { word, shift } = KEY_LAYOUT[field];
    this.mask[word]! |= 0xffff << shift;
    return getField(this.#original, field);
  }

  #l4(field: 'l4Src' | 'l4Dst' | 'icmpId'): number {
    if ((this.#written & FIELD_BIT[field]) !== 0) {
      this.#writtenPortsRead |= FIELD_BIT[field];
      return getField(this.#work, field);
    }
    this.#markL4();
    return this.#field(field);
  }

  #set(field: 'ipTos' | 'l4Src' | 'l4Dst' | 'icmpId', value: number): void {
    setField(this.#work, field, value);
    this.#written |= FIELD_BIT[field];
  }

  #address(word: number, bit: number, prefixLength: number | undefined): IpAddress {
    this.#markEthType();
    const ip = word === IP_SRC_WORD ? keyIpSrc(this.#work) : keyIpDst(this.#work);
    const length = prefixLength ?? this.#addressBits();
    if ((this.#written & bit) === 0) this.#markPrefix(word, length);
    return typeof ip === 'number' ? network4(ip, length) : network6(ip, length);
  }

  #lookup<M extends { readonly examinedBits: number }>(table: PrefixTable<M>, word: number, bit: number): M {
    this.#markEthType();
    const match = table.lookup(this.#work, word);
    if ((this.#written & bit) === 0) this.#markPrefix(word, match.examinedBits);
    return match;
  }
}
