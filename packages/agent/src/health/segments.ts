import {
  dissect,
  ethernet,
  frame,
  ipv4,
  ipv6,
  MAC_ZERO,
  tcp,
  type Ip4,
  type Ip6,
  type IpAddress,
  type Tcp,
} from '@midonet/packet';

/** A segment that a member sent, and to which port. */
export type Answer = { readonly from: IpAddress; readonly tcp: Tcp; readonly data: Uint8Array };

/**
 * A TCP segment to a member. Source addresses of both layers are the router's, which it puts in when
 * it knows the way.
 */
export function segmentFrame(to: IpAddress, header: Tcp, data: Uint8Array): Uint8Array {
  const link = ethernet({ dst: MAC_ZERO, src: MAC_ZERO });
  const ip =
    typeof to === 'number'
      ? ipv4({ src: 0 as Ip4, dst: to, dontFragment: true }) // brand: the unspecified address
      : ipv6({ src: 0n as Ip6, dst: to }); // brand: the unspecified address
  return frame(link, ip, tcp(header), data);
}

/** Reads a frame of a member; undefined when it holds no whole TCP segment. */
export function readAnswer(bytes: Uint8Array): Answer | undefined {
  let from: IpAddress | undefined;
  for (const { header, behind, end } of dissect(bytes)) {
    if (header.kind === 'ipv4' || header.kind === 'ipv6') from = header.src;
    if (header.kind === 'tcp')
      return from === undefined ? undefined : { from, tcp: header, data: bytes.subarray(behind, end) };
  }
  return undefined;
}
