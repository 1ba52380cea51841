/**
 * The one description of a flow key: 18 host-order 32-bit words. The C header of the eBPF datapath
 * is generated from this table, so both sides cannot drift.
 *
 *   word  bits 31..16            bits 15..0
 *   0     inPort (datapath port number; tunnels have one of their own)
 *   1     tunnelKey (VNI, 24 bits; 0 when not from a tunnel)
 *   2     ethSrc, low 32 bits
 *   3     ethDst, low 32 bits
 *   4     ethSrc, high 16        ethDst, high 16
 *   5     ethType                vlanTci (outermost tag; bit 12 set = a tag is present)
 *   6     ipProto·8 ipTos·8      ipTtl·8 ipFrag·8
 *   7     l4Src                  l4Dst
 *   8     icmpId                 0
 *   9-12  ipSrc: IPv4 in word 9 and zeros, IPv6 most significant word first
 *   13-16 ipDst: likewise
 *   17    0 (kept for connection state)
 *
 * What stands where. `extractKey` and the eBPF program follow these rules to the letter:
 *
 *   Ethernet  Fewer than 14 bytes: malformed. ethType is the type behind the outermost tag; a value
 *             below 0x600 is an 802.3 length (LLC) and becomes ETHERTYPE_LLC, tagged or not.
 *   VLAN      The outermost type 0x8100 or 0x88a8 is a tag (which of the two is not in the key);
 *             fewer than 4 bytes behind it: malformed. vlanTci = the tag's TCI with bit 12 set, so a
 *             priority tag (VLAN 0) is a tag too. With another tag inside (QinQ), ethType is that
 *             tag's own type, 0x8100 or 0x88a8, and everything from word 6 on is zero.
 *   ARP       Fewer than 28 bytes: malformed. Hardware 1, protocol 0x0800, lengths 6 and 4: ipProto =
 *             low 8 bits of the opcode, ipSrc/ipDst = sender/target protocol address. Otherwise
 *             words 6 on are zero.
 *   IPv4      Malformed: fewer than 20 bytes, version not 4, header length under 20 or past the
 *             frame's end, total length under the header's or past the frame's end. Bytes behind the
 *             total length are padding. The header checksum is not looked at.
 *             ipFrag: FRAG_LATER when the offset is not 0, else FRAG_FIRST when more follow.
 *   IPv6      Malformed: fewer than 40 bytes, version not 6, payload length past the frame's end.
 *             Extension headers 0, 43, 44, 51, 60, 135, 139, 140 are walked, at most
 *             MAX_EXTENSION_HEADERS; one that does not lie whole in the packet (8 bytes, then its
 *             own length; 51 counts (n+2)·4 bytes, 44 is 8 bytes, others (n+1)·8): malformed. When
 *             yet another extension header follows the last one walked: ipProto = PROTO_UNREADABLE
 *             and words 7 and 8 are zero. ipProto is what follows the last header walked. Fragment
 *             header: offset not 0 gives FRAG_LATER, ends the walk, and ipProto is its next header
 *             as it stands; else more-bit set gives FRAG_FIRST, and the walk goes on (an atomic
 *             fragment leaves ipFrag as it is).
 *   both      ipTos = whole type of service or traffic class octet; ipTtl = TTL or hop limit.
 *             FRAG_LATER: words 7 and 8 are zero, and nothing behind the IP headers is looked at.
 *   TCP, UDP  l4Src/l4Dst = ports. Fewer than 20 (TCP) or 8 (UDP) bytes up to the end of the IP
 *             packet: malformed, also in first fragments (RFC 1858: tiny fragments are attacks).
 *   ICMP      Protocol 1 on IPv4 and 58 on IPv6 only: l4Src = type, l4Dst = code. Fewer than 8 bytes:
 *             malformed. icmpId for echo request and reply only (8, 0; 128, 129), whatever the code.
 *   other     Any other ethType: words 6 on are zero. Any other ipProto: words 7 and 8 are zero.
 *
 * A malformed frame has no key: the datapath drops and counts it.
 */
export type FieldSpec = {
  readonly word: number;
  /** Left shift of the field inside its word. */
  readonly shift: number;
  /** Width in bits inside this word. */
  readonly bits: number;
};

export const KEY_WORDS = 18;
export const KEY_BYTES = KEY_WORDS * 4;

/** Fields that live in a single word. MACs and addresses span words, see `flow-key.ts`. */
export const KEY_LAYOUT = {
  inPort: { word: 0, shift: 0, bits: 32 },
  tunnelKey: { word: 1, shift: 0, bits: 32 },
  ethSrcLow: { word: 2, shift: 0, bits: 32 },
  ethDstLow: { word: 3, shift: 0, bits: 32 },
  ethSrcHigh: { word: 4, shift: 16, bits: 16 },
  ethDstHigh: { word: 4, shift: 0, bits: 16 },
  ethType: { word: 5, shift: 16, bits: 16 },
  vlanTci: { word: 5, shift: 0, bits: 16 },
  ipProto: { word: 6, shift: 24, bits: 8 },
  ipTos: { word: 6, shift: 16, bits: 8 },
  ipTtl: { word: 6, shift: 8, bits: 8 },
  ipFrag: { word: 6, shift: 0, bits: 8 },
  l4Src: { word: 7, shift: 16, bits: 16 },
  l4Dst: { word: 7, shift: 0, bits: 16 },
  icmpId: { word: 8, shift: 16, bits: 16 },
} as const satisfies Record<string, FieldSpec>;

export const IP_SRC_WORD = 9;
export const IP_DST_WORD = 13;

/** Set in vlanTci when the frame carries a tag (the CFI/DEI bit is lost, as in Open vSwitch). */
export const VLAN_PRESENT = 0x1000;

/** Stands in ethType for every 802.3 length (types below 0x600). */
export const ETHERTYPE_LLC = 0x05ff;

/** Values of ipFrag. */
export const FRAG_NONE = 0;
export const FRAG_FIRST = 1;
export const FRAG_LATER = 2;

/** At most this many IPv6 extension headers are walked; behind more, ipProto is 255. */
export const MAX_EXTENSION_HEADERS = 6;
export const PROTO_UNREADABLE = 255;
