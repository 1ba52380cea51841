import { expectSnat, SNAT, snatAddresses } from '../stateful.ts';
import type { Ends } from '../system.ts';
import { TUNNEL, VM } from './ovs-host.ts';
import { OvsPair } from './ovs-pair.ts';
import { ROUTES, routerFlows } from './ovs-router.ts';

/** As OVN's gateway routers: each packet out commits, which changes nothing for a known connection. */
const FLOWS = [
  `table=0,priority=100,ip,in_port=${VM},nw_src=${SNAT.inside},actions=ct(commit,table=${ROUTES},zone=1,nat(src=${SNAT.translated}:1024-65535))`,
  `table=0,priority=100,ip,in_port=${TUNNEL},nw_dst=${SNAT.translated},actions=ct(table=${ROUTES},zone=1,nat)`,
];

/** The first VM's host routes and translates sources. */
export class OvsSnat {
  readonly ovs = new OvsPair('ovs-snat');

  async setup(): Promise<Ends> {
    const { pair } = this.ovs;
    await this.ovs.up();
    snatAddresses(pair, 'eth0');
    const gateways = { client: SNAT.insideGateway, server: SNAT.outsideGateway };
    const routes = { client: SNAT.inside, server: SNAT.outside };
    this.ovs.first.program([...routerFlows(pair, gateways, routes), ...FLOWS]);
    return await expectSnat(pair);
  }

  teardown(): Promise<void> {
    return this.ovs.down();
  }
}
