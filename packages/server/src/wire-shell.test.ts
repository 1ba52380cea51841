import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHarness, TOKEN } from '../testing/harness.ts';
import { rawRequest } from '../testing/raw-http.ts';
import { createAs, getAs, listAs, updateAs, type Json } from '../testing/vendor-walk.ts';

/** What MidoNet's shell sends, as seen from it: every number that somebody types arrives as text. */
const pick = (object: Json, ...names: string[]) => Object.fromEntries(names.map((name) => [name, object[name]]));

test('ports, routes and DHCP take the numbers of the shell', async () => {
  await using h = await startHarness();
  const root = (await getAs(h.controller.url, 'Application-v5')) as Json;
  const router = await createAs(root['routers'], 'Router-v3', { name: 'edge', tenantId: 'acme' });
  assert.equal((await updateAs(router, 'Router-v3', { asNumber: '65001' }))['asNumber'], 65001);
  const address = { portAddress: '10.0.0.1', networkAddress: '10.0.0.0', networkLength: '24' };
  const port = await createAs(router['ports'], 'Port-v3', { type: 'Router', ...address });
  assert.deepEqual(pick(port, 'networkLength', 'portSubnet'), { networkLength: 24, portSubnet: ['10.0.0.1/24'] });
  const to = { dstNetworkAddr: '10.5.0.0', dstNetworkLength: '16', srcNetworkAddr: '0.0.0.0', srcNetworkLength: '0' };
  const by = { type: 'Normal', nextHopPort: port['id'], nextHopGateway: '10.0.0.7', weight: '50' };
  const route = await createAs(router['routes'], 'Route-v1', { ...to, ...by });
  assert.deepEqual(pick(route, 'dstNetworkLength', 'srcNetworkLength', 'weight'), {
    dstNetworkLength: 16,
    srcNetworkLength: 0,
    weight: 50,
  });

  const bridge = await createAs(root['bridges'], 'Bridge-v4', { name: 'red', tenantId: 'acme' });
  assert.deepEqual(bridge['vxLanPorts'], [], 'a member that the client reads of every bridge');
  const tagged = await createAs(bridge['ports'], 'Port-v3', { type: 'Bridge', vlanId: '20' });
  assert.equal(tagged['vlanId'], 20);
  assert.equal((await updateAs(tagged, 'Port-v3', { vlanId: '21' }))['vlanId'], 21);
  const option = { destinationPrefix: '169.254.169.254', destinationLength: '32', gatewayAddr: '10.1.0.1' };
  const subnet = { subnetPrefix: '10.1.0.0', subnetLength: '24', interfaceMTU: '1400', opt121Routes: [option] };
  const dhcp = await createAs(bridge['dhcpSubnets'], 'DhcpSubnet-v2', subnet);
  assert.deepEqual(pick(dhcp, 'subnetLength', 'interfaceMTU', 'opt121Routes'), {
    subnetLength: 24,
    interfaceMTU: 1400,
    opt121Routes: [{ ...option, destinationLength: 32 }],
  });
});

test('rules, mirrors and trace requests take the numbers of the shell', async () => {
  await using h = await startHarness();
  const root = (await getAs(h.controller.url, 'Application-v5')) as Json;
  const chain = await createAs(root['chains'], 'Chain-v1', { name: 'in', tenantId: 'acme' });
  const bridge = await createAs(root['bridges'], 'Bridge-v4', { name: 'red' });
  const port = await createAs(bridge['ports'], 'Port-v3', { type: 'Bridge' });
  const match = { nwSrcAddress: '10.0.0.0', nwSrcLength: '8', invNwSrc: false, nwProto: '6', invNwProto: false };
  const ports = { tpDst: { start: '53', end: '60' }, invTpDst: true };
  const rule = await createAs(chain['rules'], 'Rule-v2', { position: '1', type: 'drop', ...match, ...ports });
  assert.deepEqual(pick(rule, 'position', 'nwSrcLength', 'nwProto', 'tpDst'), {
    position: 1,
    nwSrcLength: 8,
    nwProto: 6,
    tpDst: { start: 53, end: 60 },
  });
  const l2 = { type: 'l2_transform', flowAction: 'redirect', targetPortId: port['id'], pushVlan: '9', ingress: false };
  assert.equal((await createAs(chain['rules'], 'Rule-v2', { ...l2, position: '2' }))['pushVlan'], 9);
  const link = { dlType: '2048', nwTos: '16', vlan: '12', condInvert: true };
  const linkRule = await createAs(chain['rules'], 'Rule-v2', { ...link, type: 'accept', position: '3' });
  assert.deepEqual(pick(linkRule, 'dlType', 'nwTos', 'vlan'), { dlType: 2048, nwTos: 16, vlan: 12 });

  const mirror = await createAs(root['mirrors'], 'Mirror-v1', { toPortId: port['id'] });
  const conditions = [{ nwProto: '6', tpDst: { start: '80', end: '80' } }];
  const seen = (await updateAs(mirror, 'Mirror-v1', { conditions }))['conditions'] as Json[];
  assert.deepEqual(
    seen.map((one) => one['tpDst']),
    [{ start: 80, end: 80 }],
  );
  const asked = { name: 't', deviceType: 'PORT', deviceId: port['id'], limit: '5', condition: { nwProto: '17' } };
  assert.equal((await createAs(root['traceRequests'], 'TraceRequest-v1', asked))['limit'], 5);
});

test('balancers, policies and hosts take the numbers of the shell', async () => {
  await using h = await startHarness();
  const root = (await getAs(h.controller.url, 'Application-v5')) as Json;
  const balancer = await createAs(root['loadBalancers'], 'LoadBalancer-v1', {});
  const pool = await createAs(balancer['pools'], 'Pool-v1', { lbMethod: 'ROUND_ROBIN' });
  const backend = { address: '10.0.0.5', protocolPort: '80', weight: '3' };
  const member = await createAs(pool['poolMembers'], 'PoolMember-v1', backend);
  assert.deepEqual(pick(member, 'protocolPort', 'weight'), { protocolPort: 80, weight: 3 });
  const frontend = { address: '10.0.9.9', protocolPort: '8080', sessionPersistence: 'SOURCE_IP' };
  assert.equal((await createAs(pool['vips'], 'VIP-v1', frontend))['protocolPort'], 8080);
  const times = { type: 'TCP', delay: '10', timeout: '5', maxRetries: '3' };
  const monitor = await createAs(root['healthMonitors'], 'HealthMonitor-v1', times);
  assert.deepEqual(pick(monitor, 'delay', 'timeout', 'maxRetries'), { delay: 10, timeout: 5, maxRetries: 3 });

  const policy = await createAs(root['qosPolicies'], 'QOSPolicy-v1', { name: 'gold', shared: true });
  const limit = { maxKbps: '1000', maxBurstKb: '100' };
  const rate = await createAs(policy['bwLimitRules'], 'QOSRuleBWLimit-v1', limit);
  assert.deepEqual(pick(rate, 'maxKbps', 'maxBurstKb'), { maxKbps: 1000, maxBurstKb: 100 });
  const mark = await createAs(policy['dscpRules'], 'QOSRuleDSCP-v1', { dscpMark: '26' });
  assert.equal((await updateAs(mark, 'QOSRuleDSCP-v1', { dscpMark: '10' }))['dscpMark'], 10);
  await h.client.hosts.create({ body: { name: 'hv1' } });
  const [host = {}] = await listAs(root['hosts'], 'Host-v3');
  const changed = await updateAs(host, 'Host-v3', { floodingProxyWeight: '5', containerLimit: -1 });
  assert.equal(changed['floodingProxyWeight'], 5);
});

test('text that is no number is refused by the name of its field, and so is what nothing would act on', async () => {
  await using h = await startHarness();
  const root = (await getAs(h.controller.url, 'Application-v5')) as Json;
  const router = await createAs(root['routers'], 'Router-v3', { name: 'edge' });
  const refused = async (body: object): Promise<readonly unknown[]> => {
    const answer = await rawRequest(String(router['ports']), 'POST', { 'x-auth-token': TOKEN }, JSON.stringify(body));
    assert.equal(answer.status, 400, answer.text);
    const { violations } = JSON.parse(answer.text) as { violations: { property: string }[] };
    return violations.map(({ property }) => property);
  };
  assert.deepEqual(await refused({ portAddress: '10.0.0.1', networkLength: 'long' }), ['networkLength']);
  assert.deepEqual(await refused({ portAddress: '10.0.0.1', networkLength: '33' }), ['networkLength']);
  assert.deepEqual(await refused({ rtrPortVni: '5' }), ['rtrPortVni']);
  assert.deepEqual(await refused({ offRampVxlan: true }), ['offRampVxlan']);
});
