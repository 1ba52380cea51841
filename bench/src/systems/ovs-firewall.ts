import { expectFirewall, FIREWALL } from '../stateful.ts';
import type { Ends } from '../system.ts';
import { TUNNEL, VM } from './ovs-host.ts';
import { OvsPair } from './ovs-pair.ts';

/** What OVN makes of a port whose machine may ask and gets only answers; the port's connections are a zone. */
const FLOWS = [
  'table=0,priority=100,arp,actions=NORMAL',
  `table=0,priority=100,ip,in_port=${VM},actions=ct(table=1,zone=1)`,
  `table=0,priority=100,ip,in_port=${TUNNEL},actions=ct(table=1,zone=1)`,
  `table=1,priority=100,ip,in_port=${VM},ct_state=+trk+new-inv,actions=ct(commit,zone=1),NORMAL`,
  `table=1,priority=100,ip,in_port=${VM},ct_state=+trk+est-inv,actions=NORMAL`,
  `table=1,priority=100,ip,in_port=${VM},ct_state=+trk+rel-inv,actions=NORMAL`,
  `table=1,priority=100,ip,in_port=${TUNNEL},ct_state=+trk-new+est-inv,actions=NORMAL`,
  `table=1,priority=100,ip,in_port=${TUNNEL},ct_state=+trk-new+rel-inv,actions=NORMAL`,
  'table=1,priority=0,actions=drop',
];

/** The first VM's host lets in only answers to it. */
export class OvsFirewall {
  readonly ovs = new OvsPair('ovs-firewall');

  async setup(): Promise<Ends> {
    await this.ovs.up();
    this.ovs.pair.addresses(`${FIREWALL.client}/24`, `${FIREWALL.server}/24`);
    this.ovs.first.program(FLOWS);
    return await expectFirewall(this.ovs.pair);
  }

  teardown(): Promise<void> {
    return this.ovs.down();
  }
}
