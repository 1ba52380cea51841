import { inside, Pair, VM_MTU } from '../pair.ts';
import { must } from '../shell.ts';
import { expectSnat, SNAT, snatAddresses } from '../stateful.ts';
import type { Ends } from '../system.ts';
import { bridge, bridgeWithVxlan, nftables } from './linux-overlay.ts';

const RULES = `
table ip nat {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "br0" ip saddr ${SNAT.inside} snat to ${SNAT.translated}
  }
}`;

/** The first VM's host routes from a bridge of its own to the one that VXLAN joins, and translates sources. */
export class LinuxSnat {
  readonly #pair = new Pair('bridge-snat');

  async setup(): Promise<Ends> {
    const pair = this.#pair;
    const [router] = pair.hosts;
    pair.up(VM_MTU);
    snatAddresses(pair, 'eth0');
    bridgeWithVxlan(pair, 0, ['vx0']);
    bridgeWithVxlan(pair, 1, ['vm0', 'vx0']);
    bridge(router, 'br1', ['vm0']);
    must(['ip', '-n', router, 'address', 'add', `${SNAT.insideGateway}/24`, 'dev', 'br1']);
    must(['ip', '-n', router, 'address', 'add', `${SNAT.outsideGateway}/24`, 'dev', 'br0']);
    must(inside(router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1'));
    nftables(router, RULES);
    return await expectSnat(pair);
  }

  teardown(): void {
    this.#pair.down();
  }
}
