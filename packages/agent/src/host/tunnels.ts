import { DatapathError, type Datapath, type PortSpec } from '@midonet/datapath';
import { dpPortTag, type DpPort, type Tag } from '@midonet/flow';
import { formatIp, type IpAddress } from '@midonet/packet';
import type { Logger } from '../logger.ts';
import type { Knowledge } from '../view/knowledge.ts';
import type { HostLink } from './links.ts';
import type { LocalPorts } from './local-ports.ts';

/** MidoNet's VXLAN port between its own hosts; 4789 is left to others. */
export const VXLAN_PORT = 6677;
/** Outer Ethernet, IPv4, UDP and VXLAN headers; 20 bytes more over IPv6. */
const OVERHEAD_4 = 50;
const OVERHEAD_6 = 70;
const DEFAULT_OVERLAY_MTU = 1450;

export type TunnelModules = {
  readonly datapath: () => Datapath;
  readonly knowledge: Knowledge;
  readonly ports: LocalPorts;
  readonly logger: Logger;
};

type TunnelSpec = Extract<PortSpec, { readonly kind: 'tunnel' }>;
type Open = {
  readonly underlay: string;
  readonly port: DpPort;
  readonly ifindex: number;
  readonly mtu: number;
  readonly v6: boolean;
};

/** This host's end of the tunnels: one port for each of its zone addresses that an interface has. */
export class Tunnels {
  readonly #modules: TunnelModules;
  readonly #onTags: (tags: Iterable<Tag>) => void;
  /** The overlay's MTU changed: every flow was made with the old one. */
  readonly #onMtu: () => void;
  readonly #open = new Map<string, Open>();
  #peers: ReadonlySet<IpAddress> | undefined;
  readonly problems: string[] = [];

  constructor(modules: TunnelModules, onTags: (tags: Iterable<Tag>) => void, onMtu: () => void) {
    this.#modules = modules;
    this.#onTags = onTags;
    this.#onMtu = onMtu;
  }

  reconcile(links: readonly HostLink[]): void {
    const wanted = new Map<string, { readonly spec: TunnelSpec; readonly link: HostLink }>();
    this.problems.length = 0;
    for (const { address, encapsulation } of this.#modules.knowledge.underlay.local) {
      const link = links.find((candidate) => candidate.addresses.some((own) => own.address === address));
      if (link?.up !== true) {
        this.problems.push(`no interface that is up has this host's tunnel zone address ${formatIp(address)}`);
        continue;
      }
      const spec: TunnelSpec = {
        kind: 'tunnel',
        encapsulation,
        local: address,
        underlay: link.name,
        udpPort: VXLAN_PORT,
      };
      wanted.set(`${encapsulation} ${address} ${link.name}`, { spec, link });
    }
    for (const [key, open] of [...this.#open]) {
      const link = wanted.get(key)?.link;
      if (link?.ifindex !== open.ifindex) this.#remove(key, open);
    }
    for (const [key, { spec, link }] of wanted) {
      const open = this.#open.get(key);
      if (open !== undefined) this.#open.set(key, { ...open, mtu: link.mtu });
      else this.#add(key, spec, link);
    }
    this.#setMtu();
    this.#setPeers();
  }

  /** The interfaces that carry tunnels now. */
  get underlays(): ReadonlySet<string> {
    return new Set(Array.from(this.#open.values(), ({ underlay }) => underlay));
  }

  #add(key: string, spec: TunnelSpec, link: HostLink): void {
    const { datapath, ports, logger } = this.#modules;
    try {
      const { port } = datapath().addPort(spec);
      ports.addTunnel(port);
      this.#open.set(key, {
        underlay: link.name,
        port,
        ifindex: link.ifindex,
        mtu: link.mtu,
        v6: typeof spec.local === 'bigint',
      });
      this.#onTags([dpPortTag(port)]);
      logger.info(
        { local: formatIp(spec.local), underlay: spec.underlay, encapsulation: spec.encapsulation },
        'tunnels are open',
      );
    } catch (error) {
      if (!(error instanceof DatapathError)) throw error;
      this.problems.push(`${error.code}: ${error.message}`);
      logger.warn({ underlay: spec.underlay, code: error.code }, `cannot open tunnels: ${error.message}`);
    }
  }

  #remove(key: string, { port }: Open): void {
    this.#open.delete(key);
    this.#modules.ports.removeTunnel(port);
    this.#onTags([dpPortTag(port)]);
    this.#modules.datapath().removePort(port);
  }

  /** Only once this host is in a zone: an agent that starts anew knows nobody yet, its kernel may. */
  #setPeers(): void {
    const { underlay } = this.#modules.knowledge;
    if (underlay.local.length === 0 || underlay.sources === this.#peers) return;
    try {
      this.#modules.datapath().setPeers(underlay.sources);
      this.#peers = underlay.sources;
    } catch (error) {
      if (!(error instanceof DatapathError)) throw error;
      this.problems.push(`${error.code}: ${error.message}`);
    }
  }

  #setMtu(): void {
    let mtu = Infinity;
    for (const open of this.#open.values()) mtu = Math.min(mtu, open.mtu - (open.v6 ? OVERHEAD_6 : OVERHEAD_4));
    const { knowledge } = this.#modules;
    const overlay = mtu === Infinity ? DEFAULT_OVERLAY_MTU : mtu;
    if (overlay === knowledge.overlayMtu) return;
    knowledge.overlayMtu = overlay;
    this.#onMtu();
  }
}
