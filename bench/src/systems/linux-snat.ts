import { Pair, VM_MTU } from '../pair.ts';
import { expectSnat, SNAT, snatAddresses } from '../stateful.ts';
import type { Ends } from '../system.ts';
import { routedOverlay } from './linux-overlay.ts';

const RULES = `
table ip nat {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "br0" ip saddr ${SNAT.inside} snat to ${SNAT.translated}
  }
}`;

/** The first VM's host routes and translates sources. */
export class LinuxSnat {
  readonly #pair = new Pair('bridge-snat');

  async setup(): Promise<Ends> {
    const pair = this.#pair;
    pair.up(VM_MTU);
    snatAddresses(pair, 'eth0');
    routedOverlay(pair, SNAT.insideGateway, SNAT.outsideGateway, RULES);
    return await expectSnat(pair);
  }

  teardown(): void {
    this.#pair.down();
  }
}
