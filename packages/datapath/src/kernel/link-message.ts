import { attributes, type Message } from './netlink.ts';

export const RTM_NEWLINK = 16;
export const RTM_GETLINK = 18;
/** struct ifinfomsg, in front of the attributes. */
export const LINK_HEADER = 16;
const IFLA = { link: 5, netnsid: 37 } as const;

/** struct ifinfomsg for the interface of this number. */
export function linkHeader(ifindex: number): Uint8Array {
  const header = new Uint8Array(LINK_HEADER);
  new DataView(header.buffer).setInt32(4, ifindex, true);
  return header;
}

export function linkAttributes({ body }: Message): ReturnType<typeof attributes> {
  return attributes(body, LINK_HEADER);
}

/** The number of a veth's other end, and of the namespace that it is in where that is another one. */
export function vethPeerOf(message: Message): { readonly ifindex: number; readonly netnsid?: number } | undefined {
  const found = linkAttributes(message);
  const ifindex = found.get(IFLA.link)?.getInt32(0, true);
  const netnsid = found.get(IFLA.netnsid)?.getInt32(0, true);
  if (ifindex === undefined) return undefined;
  return netnsid === undefined ? { ifindex } : { ifindex, netnsid };
}
