import { Pair, VM_MTU } from '../pair.ts';
import type { Site, System, Tracked } from '../system.ts';
import { LinuxFirewall } from './linux-firewall.ts';
import { bridgeWithVxlan } from './linux-overlay.ts';
import { LinuxGroup } from './linux-group.ts';
import { LinuxSnat } from './linux-snat.ts';
import { LinuxVip } from './linux-vip.ts';

/**
 * A Linux bridge on each host, joined by the kernel's VXLAN device: the overlay everybody has, as the kernel makes it.
 * Where br_netfilter is in the kernel (Docker, Kubernetes and OpenStack load it) such a bridge shows its frames to
 * netfilter; `bare` is the faster one whose frames netfilter does not see, with the hooks switched off by hand.
 */
export class LinuxBridgeVxlan implements System {
  readonly name: 'linux_bridge_vxlan' | 'linux_bridge_bare';
  readonly reactive = false;
  readonly #pair: Pair;
  readonly #bare: boolean;
  // Hosts of their own: where connections are tracked, every packet pays for it.
  readonly #firewall = new LinuxFirewall();
  readonly #group = new LinuxGroup();
  readonly #snat = new LinuxSnat();
  readonly #vip = new LinuxVip();

  constructor({ bare = false } = {}) {
    this.name = bare ? 'linux_bridge_bare' : 'linux_bridge_vxlan';
    this.#pair = new Pair(bare ? 'bare' : 'bridge');
    this.#bare = bare;
  }

  unavailable(): undefined {
    return undefined;
  }

  async setup(): Promise<Site> {
    const pair = this.#pair;
    pair.up(VM_MTU);
    pair.addresses('10.2.0.1/24', '10.2.0.2/24');
    for (const index of [0, 1] as const) bridgeWithVxlan(pair, index, ['vm0', 'vx0'], this.#bare ? 'off' : 'asMade');
    const ends = {
      client: { namespace: pair.vms[0], address: '10.2.0.1' },
      server: { namespace: pair.vms[1], address: '10.2.0.2' },
    };
    if (this.#bare) return ends;
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
