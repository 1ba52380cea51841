import { SystemError } from './libc.ts';
import { attribute, attributes, RouteSocket, type Message } from './netlink.ts';

const RTM_GETLINK = 18;
const LINK_HEADER = 16;
const IFLA = { mtu: 4, link: 5, netnsid: 37, targetNetnsid: 46 } as const;

/** Asks for the other ends of veths, wherever these are. Nobody is told when something changes there. */
export class VethPeers {
  readonly #socket = new RouteSocket(0);

  /** The MTU of the other end; undefined where that cannot be seen. */
  mtu(ifindex: number): number | undefined {
    const own = this.#get(header(ifindex));
    const found = own && attributes(own.body, LINK_HEADER);
    const peer = found?.get(IFLA.link)?.getInt32(0, true);
    if (found === undefined || peer === undefined) return undefined;
    const namespace = found.get(IFLA.netnsid)?.getInt32(0, true);
    const target = namespace === undefined ? [] : [attribute(IFLA.targetNetnsid, namespace)];
    const answer = this.#get(Buffer.concat([header(peer), ...target]));
    return answer && attributes(answer.body, LINK_HEADER).get(IFLA.mtu)?.getUint32(0, true);
  }

  close(): void {
    this.#socket.close();
  }

  #get(request: Uint8Array): Message | undefined {
    try {
      return this.#socket.request(RTM_GETLINK, request);
    } catch (error) {
      // It went meanwhile, or this process may not look into that namespace.
      if (error instanceof SystemError) return undefined;
      throw error;
    }
  }
}

function header(ifindex: number): Uint8Array {
  const bytes = new Uint8Array(LINK_HEADER);
  new DataView(bytes.buffer).setInt32(4, ifindex, true);
  return bytes;
}
