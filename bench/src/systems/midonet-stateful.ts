import type { MidonetApi } from '../midonet-api.ts';
import { VM_MTU, type Pair } from '../pair.ts';
import {
  CRR,
  expectFirewall,
  expectGroup,
  expectRouted,
  expectSnat,
  expectVip,
  FIREWALL,
  GROUP,
  groupAddresses,
  SNAT,
  snatAddresses,
  untranslatedAddress,
  VIP,
  vipAddresses,
} from '../stateful.ts';
import type { Site } from '../system.ts';

/** What MidoNet gives besides: binds a port to the device `vmN` of a host and waits until it is active. */
type Bind = (portId: string, host: 0 | 1, interfaceName: string) => Promise<void>;

/**
 * Four more networks between the same VMs. On `eth1` one bridge, with a chain on the client's port; on `eth2` a
 * bridge for each VM and a router with source NAT between them; on `eth3` such a one with a load balancer; on `eth4` one bridge,
 * both of whose VMs are in a security group:
 *
 * ```
 *  client eth1 ── (accept return flows, drop) ── one bridge ── eth1 server
 *  client eth2 ── inside ── router (snat) ── outside ───────── eth2 server (one address is not translated)
 *  client eth3 ── clients ── router (VIPs) ── members ──────── eth3 server
 *  client eth4 ── (group) ────────── one bridge ────────── (group) ── eth4 server
 * ```
 */
export async function midonetStateful(
  api: MidonetApi,
  pair: Pair,
  bind: Bind,
): Promise<Required<Pick<Site, 'routed' | 'stateful'>>> {
  for (const number of [1, 2, 3, 4]) pair.attach(number, VM_MTU);
  pair.addresses(`${FIREWALL.client}/24`, `${FIREWALL.server}/24`, 'eth1');
  snatAddresses(pair, 'eth2');
  untranslatedAddress(pair, 'eth2');
  vipAddresses(pair, 'eth3');
  groupAddresses(pair, 'eth4');
  await firewall(api, bind);
  await sourceNat(api, bind);
  await loadBalancer(api, bind);
  await securityGroup(api, bind);
  const stateful = {
    firewall: await expectFirewall(pair),
    group: await expectGroup(pair),
    snat: await expectSnat(pair),
    vip: await expectVip(pair),
  };
  return { stateful, routed: await expectRouted(pair) };
}

async function firewall(api: MidonetApi, bind: Bind): Promise<void> {
  const bridge = await api.create('/bridges', { name: 'firewall' });
  const outboundFilterId = await api.create('/chains', { name: 'answers' });
  const rules = `/chains/${outboundFilterId}/rules`;
  await api.create(rules, { type: 'accept', matchReturnFlow: true, position: 1 });
  await api.create(rules, { type: 'drop', dlType: 0x0800, position: 2 });
  await bind(await api.create(`/bridges/${bridge}/ports`, { type: 'Bridge', outboundFilterId }), 0, 'vm1');
  await bind(await api.create(`/bridges/${bridge}/ports`, { type: 'Bridge' }), 1, 'vm1');
}

/** Answers get in, and members of the group. */
async function securityGroup(api: MidonetApi, bind: Bind): Promise<void> {
  const members = await api.create('/ip_addr_groups', { name: 'group' });
  for (const addr of GROUP.members) await api.create(`/ip_addr_groups/${members}/ip_addrs`, { addr, version: 4 });
  const outboundFilterId = await api.create('/chains', { name: 'group' });
  const rules = `/chains/${outboundFilterId}/rules`;
  const fromMembers = { type: 'accept', dlType: 0x0800, ipAddrGroupSrc: members };
  const tpDst = { start: CRR.port, end: CRR.port + CRR.ports - 1 };
  await api.create(rules, { type: 'accept', matchReturnFlow: true, position: 1 });
  await api.create(rules, { ...fromMembers, nwProto: 6, tpDst, position: 2 });
  await api.create(rules, { ...fromMembers, nwProto: 1, position: 3 });
  await api.create(rules, { type: 'drop', dlType: 0x0800, position: 4 });
  const bridge = await api.create('/bridges', { name: 'group' });
  for (const host of [0, 1] as const) {
    await bind(await api.create(`/bridges/${bridge}/ports`, { type: 'Bridge', outboundFilterId }), host, 'vm4');
  }
}

async function sourceNat(api: MidonetApi, bind: Bind): Promise<void> {
  const [inboundFilterId, outboundFilterId] = [
    await api.create('/chains', { name: 'edge-in' }),
    await api.create('/chains', { name: 'edge-out' }),
  ];
  const router = await api.create('/routers', { name: 'edge', inboundFilterId, outboundFilterId });
  const join = joiner(api, bind, router, 'vm2');
  await join(0, 'inside', SNAT.insideGateway);
  const outside = await join(1, 'outside', SNAT.outsideGateway);
  await api.create(`/chains/${inboundFilterId}/rules`, {
    type: 'rev_snat',
    flowAction: 'accept',
    nwDstAddress: SNAT.translated,
    nwDstLength: 32,
  });
  await api.create(`/chains/${outboundFilterId}/rules`, {
    type: 'snat',
    flowAction: 'accept',
    outPorts: [outside],
    nwDstAddress: SNAT.outside,
    nwDstLength: 32,
    natTargets: [{ addressFrom: SNAT.translated, addressTo: SNAT.translated, portFrom: 1024, portTo: 65_535 }],
  });
}

/** One pool a port, as members have one: the port stays as it is. */
async function loadBalancer(api: MidonetApi, bind: Bind): Promise<void> {
  const loadBalancerId = await api.create('/load_balancers', {});
  const router = await api.create('/routers', { name: 'balanced', loadBalancerId });
  const join = joiner(api, bind, router, 'vm3');
  await join(0, 'clients', VIP.clientGateway);
  await join(1, 'members', VIP.serverGateway);
  for (let protocolPort = CRR.port; protocolPort < CRR.port + CRR.ports; protocolPort++) {
    const poolId = await api.create('/pools', { loadBalancerId, protocol: 'TCP', lbMethod: 'ROUND_ROBIN' });
    for (const address of VIP.members) await api.create('/pool_members', { poolId, address, protocolPort });
    await api.create('/vips', { poolId, address: VIP.address, protocolPort });
  }
}

type Join = (host: 0 | 1, name: string, gateway: string) => Promise<string>;

/** Joins bridges of one VM each to a router; gives the router's port. */
function joiner(api: MidonetApi, bind: Bind, router: string, interfaceName: string): Join {
  return async (host, name, gateway) => {
    const bridge = await api.create('/bridges', { name });
    const portSubnet = [`${gateway}/24`];
    const routerPort = await api.create(`/routers/${router}/ports`, { type: 'Router', portSubnet });
    const peerId = await api.create(`/bridges/${bridge}/ports`, { type: 'Bridge' });
    await api.create(`/ports/${routerPort}/link`, { peerId });
    await api.create(`/routers/${router}/routes`, {
      type: 'Normal',
      srcNetworkAddr: '0.0.0.0',
      srcNetworkLength: 0,
      dstNetworkAddr: gateway.replace(/\d+$/, '0'),
      dstNetworkLength: 24,
      nextHopPort: routerPort,
      weight: 100,
    });
    await bind(await api.create(`/bridges/${bridge}/ports`, { type: 'Bridge' }), host, interfaceName);
    return routerPort;
  };
}
