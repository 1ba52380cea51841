import { every, type Clock, type Timer } from '../clock.ts';
import type { HostLink, LinkSource, OpenLinks } from './links.ts';

/** Nobody tells when the far end of a veth is changed: it is asked for now and then, and when the near end changes. */
const LOOK_MS = 5_000;

export type PeerMtuModules = {
  readonly clock: Clock;
  readonly openPeers: () => Peers;
};

export type Peers = {
  /** The MTU of a veth's other end, if it can be seen. */
  mtu(ifindex: number): number | undefined;
  close(): void;
};
type Known = { readonly link: HostLink; readonly mtu: number | undefined };

/** The interfaces with what the machines at the other ends of veths take. */
export function withPeerMtus(open: OpenLinks, modules: PeerMtuModules): OpenLinks {
  return (onChange) => new PeerMtus(open, modules, onChange);
}

class PeerMtus implements LinkSource {
  readonly #source: LinkSource;
  readonly #peers: Peers;
  readonly #timer: Timer;
  /** By interface number, as of the last look. */
  #known: ReadonlyMap<number, Known> = new Map();

  constructor(open: OpenLinks, { clock, openPeers }: PeerMtuModules, onChange: () => void) {
    this.#peers = openPeers();
    this.#source = open(() => {
      this.#look('changed');
      onChange();
    });
    this.#look('all');
    this.#timer = every(clock, LOOK_MS, () => {
      if (this.#look('all')) onChange();
    });
  }

  links(): readonly HostLink[] {
    return this.#source.links().map((link) => {
      const peerMtu = this.#known.get(link.ifindex)?.mtu;
      return peerMtu === undefined ? link : { ...link, peerMtu };
    });
  }

  close(): void {
    this.#timer.cancel();
    this.#peers.close();
    this.#source.close();
  }

  /** At all of them, or at those that are not as they were. True when some far end is otherwise than at the last look. */
  #look(which: 'all' | 'changed'): boolean {
    const before = this.#known;
    const now = new Map<number, Known>();
    let isOther = false;
    for (const link of this.#source.links()) {
      if (link.kind !== 'veth') continue;
      const known = before.get(link.ifindex);
      const mtu = which === 'changed' && known?.link === link ? known.mtu : this.#peers.mtu(link.ifindex);
      now.set(link.ifindex, { link, mtu });
      isOther ||= known?.mtu !== mtu;
    }
    this.#known = now;
    return isOther;
  }
}
