import { CRR, expectVip, VIP, vipAddresses } from '../stateful.ts';
import type { Ends } from '../system.ts';
import { TUNNEL, VM } from './ovs-host.ts';
import { OvsPair } from './ovs-pair.ts';
import { ROUTES, routerFlows, TRACKED } from './ovs-router.ts';

const MEMBERS = '10.12.0.0/24';
const PORTS = Array.from({ length: CRR.ports }, (_, index) => CRR.port + index);

/** As OVN's `ct_lb`: a group for each VIP and port, whose buckets commit the connection to a member. */
const GROUPS = PORTS.map((port) => {
  const bucket = (member: string): string =>
    `bucket=weight:100,actions=ct(commit,table=${ROUTES},zone=1,nat(dst=${member}:${port}))`;
  return `group_id=${port},type=select,selection_method=dp_hash,${VIP.members.map(bucket).join(',')}`;
});

const FLOWS = [
  `table=0,priority=100,tcp,in_port=${VM},nw_dst=${VIP.address},actions=ct(table=${TRACKED},zone=1,nat)`,
  ...PORTS.map(
    (port) =>
      `table=${TRACKED},priority=100,tcp,nw_dst=${VIP.address},tp_dst=${port},ct_state=+trk+new,actions=group:${port}`,
  ),
  `table=${TRACKED},priority=90,tcp,ct_state=+trk+est,actions=resubmit(,${ROUTES})`,
  ...PORTS.map(
    (port) =>
      `table=0,priority=100,tcp,in_port=${TUNNEL},nw_src=${MEMBERS},tp_src=${port},actions=ct(table=${ROUTES},zone=1,nat)`,
  ),
];

/** The first VM's host routes and spreads connections to one address over two. */
export class OvsVip {
  readonly ovs = new OvsPair('ovs-vip');

  async setup(): Promise<Ends> {
    const { pair } = this.ovs;
    await this.ovs.up();
    vipAddresses(pair, 'eth0');
    const gateways = { client: VIP.clientGateway, server: VIP.serverGateway };
    const routes = { client: VIP.client, server: MEMBERS };
    this.ovs.first.program([...routerFlows(pair, gateways, routes), ...FLOWS], GROUPS);
    return await expectVip(pair);
  }

  teardown(): Promise<void> {
    return this.ovs.down();
  }
}
