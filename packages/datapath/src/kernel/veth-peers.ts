import { SystemError } from './libc.ts';
import { linkAttributes, linkHeader, RTM_GETLINK, vethPeerOf } from './link-message.ts';
import { attribute, RouteSocket, type Message } from './netlink.ts';

const IFLA = { mtu: 4, targetNetnsid: 46 } as const;

/** Asks for the other ends of veths, wherever these are. Nobody is told when something changes there. */
export class VethPeers {
  readonly #socket = new RouteSocket(0);

  /** The MTU of the other end; undefined where that cannot be seen. */
  mtu(ifindex: number): number | undefined {
    const own = this.#get(linkHeader(ifindex));
    const peer = own && vethPeerOf(own);
    if (peer === undefined) return undefined;
    const target = peer.netnsid === undefined ? [] : [attribute(IFLA.targetNetnsid, peer.netnsid)];
    const answer = this.#get(Buffer.concat([linkHeader(peer.ifindex), ...target]));
    return answer && linkAttributes(answer).get(IFLA.mtu)?.getUint32(0, true);
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
