import { inside, Pair, VM_MTU } from '../pair.ts';
import { must } from '../shell.ts';
import type { Ends, Tracked } from '../system.ts';
import { expectFirewall, FIREWALL } from '../stateful.ts';
import { bridgeWithVxlan, filterBridge } from './linux-overlay.ts';

/** A bridge that hands its packets to nftables (br_netfilter), which lets in only answers to the first VM. */
const RULES = `
table ip firewall {
  chain forward {
    type filter hook forward priority filter; policy accept;
    ip daddr ${FIREWALL.client} ct state established,related accept
    ip daddr ${FIREWALL.client} drop
  }
}`;

/** Of the connections that the machine lets be, which all its namespaces share. */
const SHARE = 0.75;

export class LinuxFirewall {
  readonly #pair = new Pair('bridge-firewall');

  async setup(): Promise<Ends> {
    const pair = this.#pair;
    pair.up(VM_MTU);
    pair.addresses(`${FIREWALL.client}/24`, `${FIREWALL.server}/24`);
    for (const index of [0, 1] as const) bridgeWithVxlan(pair, index, ['vm0', 'vx0']);
    filterBridge(pair.hosts[0], RULES);
    return await expectFirewall(pair);
  }

  /** Of the kernel's memory that cannot be reclaimed: connections, their extensions, their place in the hash. */
  tracked(): Tracked {
    const count = (name: string): number =>
      Number(must(inside(this.#pair.hosts[0], 'cat', `/proc/sys/net/netfilter/nf_conntrack_${name}`)));
    const kibibytes = /^SUnreclaim:\s+(\d+) kB/m.exec(must(['cat', '/proc/meminfo']))?.[1];
    return { connections: count('count'), most: Math.floor(count('max') * SHARE), mebibytes: Number(kibibytes) / 1024 };
  }

  teardown(): void {
    this.#pair.down();
  }
}
