import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStep, TENANT, tenantNetwork, udpFrame, type RuleText } from '@midonet/simulation/testing';
import type { PortId } from '@midonet/topology';

const frame = udpFrame(TENANT.web1, TENANT.web2.mac, TENANT.web2.ip);

test('a packet waits for a QoS policy that is not here, whether it would mark or not', () => {
  const net = tenantNetwork();
  const id = net.qosPolicy('limits only');
  net.filter(net.idOf('web1') as PortId, { qosPolicyId: id });
  assert.equal(runStep(net, { port: 'web1', frame }).verdict.kind, 'forward');
  net.unload(id);
  const on = [{ kind: 'qosPolicy', id }] as const;
  assert.deepEqual(runStep(net, { port: 'web1', frame }).verdict, { kind: 'blocked', on });
});

test('a packet waits for a chain or group that is not here, whatever the rules would make of its absence', () => {
  const net = tenantNetwork();
  const ports = net.portGroup('ports');
  const addresses = net.ipAddrGroup('addresses');
  const cases: readonly (readonly [
    RuleText,
    'chain' | 'portGroup' | 'ipAddrGroup',
    Parameters<typeof net.unload>[0],
  ])[] = [
    [{ do: 'drop', portGroup: ports, not: ['portGroup'] }, 'portGroup', ports],
    [{ do: 'accept', ipAddrGroupSrc: addresses, invert: true }, 'ipAddrGroup', addresses],
    [{ do: 'jump', to: net.chain('target') }, 'chain', net.idOf('target') as never],
  ];
  for (const [rule, kind, id] of cases) {
    net.filter(net.idOf('web1') as PortId, { inboundFilterId: net.chain(`asks ${kind}`, rule) });
    assert.notEqual(runStep(net, { port: 'web1', frame }).verdict.kind, 'blocked');
    net.unload(id);
    assert.deepEqual(runStep(net, { port: 'web1', frame }).verdict, { kind: 'blocked', on: [{ kind, id }] });
  }
});
