import { Pair, VM_MTU } from '../pair.ts';
import { must } from '../shell.ts';
import type { Site, System } from '../system.ts';

/** No overlay: the hosts route between their VMs' subnets. What the kernel can do at best. */
export class RoutedVeth implements System {
  readonly name = 'routed_veth';
  readonly reactive = false;
  readonly #pair = new Pair('routed');

  unavailable(): undefined {
    return undefined;
  }

  async setup(): Promise<Site> {
    const pair = this.#pair;
    pair.up(VM_MTU);
    pair.addresses('10.1.1.2/24', '10.1.2.2/24');
    for (const [index, host] of pair.hosts.entries()) {
      const [own, other] = index === 0 ? [1, 2] : [2, 1];
      must(['nsenter', `--net=/run/netns/${host}`, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);
      must(['ip', '-n', host, 'address', 'add', `10.1.${own}.1/24`, 'dev', 'vm0']);
      must(['ip', '-n', host, 'route', 'add', `10.1.${other}.0/24`, 'via', `10.255.0.${other}`]);
      must(['ip', '-n', pair.vms[index] ?? '', 'route', 'add', 'default', 'via', `10.1.${own}.1`]);
    }
    return {
      client: { namespace: pair.vms[0], address: '10.1.1.2' },
      server: { namespace: pair.vms[1], address: '10.1.2.2' },
    };
  }

  async teardown(): Promise<void> {
    this.#pair.down();
  }
}
