import type { Ip4, Ip6, Mac } from '@midonet/packet';

/** From whom to whom an answer goes. */
export type LinkEnds = { readonly srcMac: Mac; readonly dstMac: Mac };
export type Ip4Ends = LinkEnds & { readonly src: Ip4; readonly dst: Ip4 };
export type Ip6Ends = LinkEnds & { readonly src: Ip6; readonly dst: Ip6 };
