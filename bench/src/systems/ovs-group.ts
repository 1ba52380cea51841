import { CRR, expectGroup, GROUP, groupAddresses } from '../stateful.ts';
import type { Ends } from '../system.ts';
import { TUNNEL, VM } from './ovs-host.ts';
import { OvsPair } from './ovs-pair.ts';

const NEW = `table=1,ip,in_port=${TUNNEL},ct_state=+trk+new-inv`;
const PORTS = Array.from({ length: CRR.ports }, (_, index) => CRR.port + index);

/** What OVN makes of an ACL with an address set: what it commits is a conjunction of addresses and ports. */
const FLOWS = [
  'table=0,priority=100,arp,actions=NORMAL',
  'table=0,priority=100,ip,actions=ct(table=1,zone=1)',
  `table=1,priority=100,ip,in_port=${VM},ct_state=+trk+new-inv,actions=ct(commit,zone=1),NORMAL`,
  'table=1,priority=100,ip,ct_state=+trk-new+est-inv,actions=NORMAL',
  'table=1,priority=100,ip,ct_state=+trk-new+rel-inv,actions=NORMAL',
  ...GROUP.members.map((address) => `${NEW},priority=90,nw_src=${address},actions=conjunction(1,1/2)`),
  `${NEW},priority=90,icmp,actions=conjunction(1,2/2)`,
  ...PORTS.map((port) => `${NEW},priority=90,tcp,tp_dst=${port},actions=conjunction(1,2/2)`),
  `${NEW},priority=90,conj_id=1,actions=ct(commit,zone=1),NORMAL`,
  'table=1,priority=0,actions=drop',
];

/** Both hosts let in answers, and members of the group. */
export class OvsGroup {
  readonly ovs = new OvsPair('ovs-group');

  async setup(): Promise<Ends> {
    await this.ovs.up();
    groupAddresses(this.ovs.pair, 'eth0');
    for (const host of this.ovs.hosts) host.program(FLOWS);
    return await expectGroup(this.ovs.pair);
  }

  teardown(): Promise<void> {
    return this.ovs.down();
  }
}
