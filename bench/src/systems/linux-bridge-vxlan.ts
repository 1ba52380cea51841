import { Pair, VM_MTU } from '../pair.ts';
import type { Site, System, Tracked } from '../system.ts';
import { LinuxFirewall } from './linux-firewall.ts';
import { bridgeWithVxlan } from './linux-overlay.ts';
import { LinuxGroup } from './linux-group.ts';
import { LinuxSnat } from './linux-snat.ts';
import { LinuxVip } from './linux-vip.ts';

/**
 * A Linux bridge on each host, joined by the kernel's VXLAN device: the overlay everybody has. The one whose frames
 * netfilter does not see is the faster; hosts where Docker, Kubernetes or iptables filter bridges have the other.
 */
export class LinuxBridgeVxlan implements System {
  readonly name: 'linux_bridge_vxlan' | 'linux_bridge_netfilter';
  readonly reactive = false;
  readonly #pair: Pair;
  readonly #netfilter: boolean;
  // Hosts of their own: where connections are tracked, every packet pays for it.
  readonly #firewall = new LinuxFirewall();
  readonly #group = new LinuxGroup();
  readonly #snat = new LinuxSnat();
  readonly #vip = new LinuxVip();

  constructor({ netfilter = false } = {}) {
    this.name = netfilter ? 'linux_bridge_netfilter' : 'linux_bridge_vxlan';
    this.#pair = new Pair(netfilter ? 'filtered' : 'bridge');
    this.#netfilter = netfilter;
  }

  unavailable(): undefined {
    return undefined;
  }

  async setup(): Promise<Site> {
    const pair = this.#pair;
    pair.up(VM_MTU);
    pair.addresses('10.2.0.1/24', '10.2.0.2/24');
    for (const index of [0, 1] as const) bridgeWithVxlan(pair, index, ['vm0', 'vx0'], this.#netfilter);
    const ends = {
      client: { namespace: pair.vms[0], address: '10.2.0.1' },
      server: { namespace: pair.vms[1], address: '10.2.0.2' },
    };
    if (this.#netfilter) return ends;
    return {
      ...ends,
      stateful: {
        firewall: await this.#firewall.setup(),
        group: await this.#group.setup(),
        snat: await this.#snat.setup(),
        vip: await this.#vip.setup(),
      },
    };
  }

  tracked(): Tracked {
    return this.#firewall.tracked();
  }

  async teardown(): Promise<void> {
    this.#vip.teardown();
    this.#snat.teardown();
    this.#group.teardown();
    this.#firewall.teardown();
    this.#pair.down();
  }
}
