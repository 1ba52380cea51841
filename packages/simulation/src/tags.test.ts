import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceTag, macTag, servedTag } from '@midonet/flow';
import { mac, runStep, TENANT, tenantNetwork, udpFrame } from '@midonet/simulation/testing';
import type { PortId, RouterId } from '@midonet/topology';

const { web1, web2, webGateway } = TENANT;
const frame = udpFrame(web1, web2.mac, web2.ip);

test('chains that are jumped to count, also behind one that asks about connections', () => {
  const net = tenantNetwork();
  const target = net.chain('target', { do: 'accept' });
  const asks = net.chain('asks', { do: 'drop', connection: 'return' }, { do: 'jump', to: target });
  net.filter(net.idOf('web1') as PortId, { inboundFilterId: asks }); // brand: of a port
  const { verdict, tags } = runStep(net, { port: 'web1', frame });
  assert.equal(verdict.kind, 'forward');
  assert.ok(tags.includes(deviceTag('chain', asks)));
  assert.ok(tags.includes(deviceTag('chain', target)), tags.join(' '));
});

test('a packet that no member takes depends on which members there are', () => {
  const net = tenantNetwork();
  net.balancer(net.idOf('tenant') as RouterId, {
    pools: { none: { members: [{ at: '10.0.1.12:53', weight: 0 }] } },
    vips: { vip: { at: '192.0.2.100:53', pool: 'none' } },
  }); // brand: of a router
  const { verdict, tags } = runStep(net, { port: 'web1', frame: udpFrame(web1, webGateway.mac, '192.0.2.100') });
  assert.deepEqual([verdict.kind, Reflect.get(verdict, 'reason')], ['drop', 'noMember']);
  assert.ok(tags.includes(deviceTag('poolChoice', net.idOf('none'))), tags.join(' '));
});

test('what a service port sends for nobody depends on whom it serves', () => {
  const net = tenantNetwork();
  const [machine, service] = [net.idOf('web1') as PortId, net.idOf('web2') as PortId]; // brands: of ports
  net.insertion('firewall', [machine, service], web1.mac);
  const stranger = { mac: '02:00:00:00:09:09', ip: '10.0.1.99', ip6: 'fd00:1::99' };
  const { verdict, tags } = runStep(net, { port: 'web2', frame: udpFrame(stranger, webGateway.mac, '10.0.1.1') });
  assert.deepEqual([verdict.kind, Reflect.get(verdict, 'reason')], ['drop', 'notFromService']);
  assert.ok(tags.includes(servedTag(service)), tags.join(' '));
});

test('what ends in front of a device depends on it, as its trace requests are met before', () => {
  const net = tenantNetwork();
  const ids = (...names: string[]): string[] => names.map((name) => net.idOf(name));
  const [machine = '', service = '', gateway = ''] = ids('web1', 'web2', 'gateway-web');
  net.insertion('firewall', [machine as PortId, service as PortId], web1.mac); // brands: of ports
  const served = runStep(net, { port: 'web1', frame });
  assert.deepEqual(served.verdict.kind, 'forward');
  assert.ok(served.tags.includes(deviceTag('bridge', net.idOf('web'))), served.tags.join(' '));
  net.filter(gateway as PortId, { inboundFilterId: net.chain('nobody', { do: 'drop' }) }); // brand: of a port
  const refused = runStep(net, { port: 'gateway-web', frame: udpFrame(web2, webGateway.mac, '10.0.2.21') });
  assert.deepEqual(Reflect.get(refused.verdict, 'reason'), 'chainDrop');
  assert.ok(refused.tags.includes(deviceTag('router', net.idOf('tenant'))), refused.tags.join(' '));
});

test('frames to a router depend on whose MAC it is: another router of the bridge may come to have the same', () => {
  const net = tenantNetwork();
  const { tags } = runStep(net, { port: 'web1', frame: udpFrame(web1, webGateway.mac, '10.0.2.21') });
  const tag = macTag(net.idOf('web'), 0, mac(webGateway.mac));
  assert.ok(tags.includes(tag), tags.join(' '));
});

test('what goes on to the next service of a chain depends on the port that they serve', () => {
  const net = tenantNetwork();
  const [machine, service, other] = ['web1', 'web2', 'db1'].map((name) => net.idOf(name) as PortId); // brands: of ports
  assert.ok(machine !== undefined && service !== undefined && other !== undefined);
  net.insertion('firewall', [machine, service], web1.mac);
  net.insertion('ids', [machine, other], web1.mac);
  const { tags } = runStep(net, { port: 'web2', frame: udpFrame(web1, webGateway.mac, '10.0.2.21') });
  assert.ok(tags.includes(deviceTag('port', machine)), tags.join(' '));
});
