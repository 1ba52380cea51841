import type { MidonetApi } from '../midonet-api.ts';
import { VM_MTU, type Pair } from '../pair.ts';
import { expectFirewall, expectSnat, FIREWALL, SNAT, snatAddresses } from '../stateful.ts';
import type { Site } from '../system.ts';

/** What MidoNet gives besides: binds a port to the device `vmN` of a host and waits until it is active. */
type Bind = (portId: string, host: 0 | 1, interfaceName: string) => Promise<void>;

/**
 * Two more networks between the same VMs. On `eth1` one bridge, with a chain on the client's port; on `eth2` a
 * bridge for each VM and a router with source NAT between them:
 *
 * ```
 *  client eth1 ── (accept return flows, drop) ── one bridge ── eth1 server
 *  client eth2 ── inside ── router (snat) ── outside ───────── eth2 server
 * ```
 */
export async function midonetStateful(api: MidonetApi, pair: Pair, bind: Bind): Promise<Required<Site>['stateful']> {
  for (const number of [1, 2]) pair.attach(number, VM_MTU);
  pair.addresses(`${FIREWALL.client}/24`, `${FIREWALL.server}/24`, 'eth1');
  snatAddresses(pair, 'eth2');
  await firewall(api, bind);
  await sourceNat(api, bind);
  return { firewall: await expectFirewall(pair), snat: await expectSnat(pair) };
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

async function sourceNat(api: MidonetApi, bind: Bind): Promise<void> {
  const [inboundFilterId, outboundFilterId] = [
    await api.create('/chains', { name: 'edge-in' }),
    await api.create('/chains', { name: 'edge-out' }),
  ];
  const router = await api.create('/routers', { name: 'edge', inboundFilterId, outboundFilterId });
  const join = async (host: 0 | 1, name: string, gateway: string): Promise<string> => {
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
    await bind(await api.create(`/bridges/${bridge}/ports`, { type: 'Bridge' }), host, 'vm2');
    return routerPort;
  };
  await join(0, 'inside', SNAT.insideGateway);
  const outside = await join(1, 'outside', SNAT.outsideGateway);
  await api.create(`/chains/${inboundFilterId}/rules`, { type: 'rev_snat', flowAction: 'accept' });
  await api.create(`/chains/${outboundFilterId}/rules`, {
    type: 'snat',
    flowAction: 'accept',
    outPorts: [outside],
    natTargets: [{ addressFrom: SNAT.translated, addressTo: SNAT.translated, portFrom: 1024, portTo: 65_535 }],
  });
}
