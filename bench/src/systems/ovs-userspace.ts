import { inside } from '../pair.ts';
import { must, succeeds, until } from '../shell.ts';
import type { Site, System, Tracked, TrackingCost } from '../system.ts';
import { OvsFirewall } from './ovs-firewall.ts';
import { OvsGroup } from './ovs-group.ts';
import type { OvsHost } from './ovs-host.ts';
import { OvsPair } from './ovs-pair.ts';
import { ovsUnavailable } from './ovs-switch.ts';
import { OvsSnat } from './ovs-snat.ts';
import { OvsVip } from './ovs-vip.ts';

const PER_FLOW = '10.3.0.3';

/**
 * Open vSwitch with its userspace datapath, one ovsdb-server and one ovs-vswitchd a host, native VXLAN, the default
 * learning switch's flows. Packets to the per-flow address meet a rule on the first host that reads their ports, so
 * that each connection takes an upcall there. What tracks connections has hosts of its own.
 */
export class OvsUserspace implements System {
  readonly name = 'ovs_userspace';
  readonly reactive = true;
  readonly #ovs = new OvsPair('ovs');
  readonly #firewall = new OvsFirewall();
  readonly #group = new OvsGroup();
  readonly #snat = new OvsSnat();
  readonly #vip = new OvsVip();

  unavailable(): string | undefined {
    return ovsUnavailable();
  }

  async setup(): Promise<Site> {
    const { pair } = this.#ovs;
    await this.#ovs.up();
    pair.addresses('10.3.0.1/24', '10.3.0.2/24');
    must(['ip', '-n', pair.vms[1], 'address', 'add', `${PER_FLOW}/24`, 'dev', 'eth0']);
    const move = 'move:OXM_OF_UDP_SRC[]->NXM_NX_REG0[0..15],move:OXM_OF_UDP_DST[]->NXM_NX_REG1[0..15]';
    this.#ovs.first.add(`priority=100,udp,nw_dst=${PER_FLOW},actions=${move},NORMAL`);
    for (const address of ['10.3.0.2', PER_FLOW]) {
      await until(`a ping to ${address}`, () => succeeds(inside(pair.vms[0], 'ping', '-c', '1', '-W', '1', address)));
    }
    return {
      client: { namespace: pair.vms[0], address: '10.3.0.1' },
      server: { namespace: pair.vms[1], address: '10.3.0.2' },
      perFlow: PER_FLOW,
      stateful: {
        firewall: await this.#firewall.setup(),
        group: await this.#group.setup(),
        snat: await this.#snat.setup(),
        vip: await this.#vip.setup(),
      },
    };
  }

  async teardown(): Promise<void> {
    await this.#vip.teardown();
    await this.#snat.teardown();
    await this.#group.teardown();
    await this.#firewall.teardown();
    await this.#ovs.down();
  }

  async forgetFlows(): Promise<void> {
    for (const host of this.#hosts) host.forgetFlows();
  }

  /** Of the fullest ovs-vswitchd. */
  memory(): Readonly<Record<string, number>> {
    return { vswitchd: Math.max(...this.#hosts.map((host) => host.memory())) };
  }

  /** The processes that track are those that switch every packet. */
  trackingCost(): TrackingCost {
    return { microseconds: this.#hosts.reduce((sum, host) => sum + host.microseconds(), 0) };
  }

  tracked(): Tracked {
    const host = this.#firewall.ovs.first;
    return { ...host.connections(), mebibytes: host.memory(), process: host.memory() };
  }

  get #hosts(): readonly OvsHost[] {
    return [this.#ovs, this.#firewall.ovs, this.#group.ovs, this.#snat.ovs, this.#vip.ovs].flatMap(
      ({ hosts }) => hosts,
    );
  }
}
