import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Rule } from '@midonet/topology';
import { id, MemoryNeutron } from '../../testing/memory-neutron.ts';
import { firewallChainId } from './firewall.ts';

const [FIREWALL, ROUTER, OTHER, RULE, LOG, RESOURCE] = [id(1), id(2), id(3), id(4), id(5), id(6)];

function stored(...routers: readonly string[]): MemoryNeutron {
  const neutron = new MemoryNeutron();
  for (const router of routers) neutron.put('router', { id: router, name: 'r' });
  return neutron;
}

/** What a rule does, and what it asks for, in the order of its members. */
function told({ type, condition: { invert: _invert, fragmentPolicy, ...tests } }: Rule): string {
  const asked = Object.entries(tests).map(([name, test]) => `${name} ${JSON.stringify(valueOf(test))}`);
  return [type, ...asked, ...(fragmentPolicy === 'any' ? [] : [fragmentPolicy])].join(', ');
}

function valueOf(test: unknown): unknown {
  return typeof test === 'object' && test !== null && 'value' in test ? test.value : test;
}

type Said = Partial<Parameters<typeof MemoryNeutron.prototype.put<'firewall'>>[1]>;

async function rules(neutron: MemoryNeutron, rest: Said): Promise<string[]> {
  neutron.put('firewall', { id: FIREWALL, name: 'f', 'add-router-ids': [ROUTER], ...rest });
  const entities = await neutron.topology('firewall');
  return entities
    .filter((one) => one.kind === 'rule')
    .toSorted((a, b) => a.order - b.order)
    .map(told);
}

const FIRST = ['accept, connection "return"'];
const LAST = ['drop'];

test('answers pass, then rules decide by position, and what none is about ends', async () => {
  const rule = (position: number, action: string, more: object = {}) => ({
    id: id(100 + position),
    position,
    action,
    ...more,
  });
  const firewall_rule_list = [
    rule(3, 'reject', { ip_version: 6, protocol: 'icmp' }),
    rule(1, 'allow', { source_ip_address: '10.0.0.0/24' }),
    rule(4, 'deny', { enabled: false }),
    rule(2, 'deny', { protocol: 'udp', destination_port: '53', destination_ip_address: '10.0.0.9' }),
  ];
  assert.deepEqual(await rules(stored(ROUTER), { firewall_rule_list }), [
    ...FIRST,
    'accept, dlType 2048, nwSrc {"address":167772160,"length":24}',
    'drop, dlType 2048, nwProto 17, nwDst {"address":167772169,"length":32}, tpDst {"start":53,"end":53}, header',
    'reject, dlType 34525, nwProto 58',
    ...LAST,
  ]);
});

test('later fragments of what is allowed by ports pass, those of what is denied have lost their first', async () => {
  const tcp = { protocol: 'tcp', source_port: '1024:65535', destination_port: '80' };
  const firewall_rule_list = [
    { position: 1, action: 'allow', ...tcp },
    { position: 2, action: 'deny', ...tcp, destination_port: '81' },
  ];
  assert.deepEqual(await rules(stored(ROUTER), { firewall_rule_list }), [
    ...FIRST,
    'accept, dlType 2048, nwProto 6, tpSrc {"start":1024,"end":65535}, tpDst {"start":80,"end":80}, header',
    'accept, dlType 2048, nwProto 6, nonheader',
    'drop, dlType 2048, nwProto 6, tpSrc {"start":1024,"end":65535}, tpDst {"start":81,"end":81}, header',
    ...LAST,
  ]);
});

test('one that is down lets nothing pass, answers neither', async () => {
  const [first] = await rules(stored(ROUTER), { admin_state_up: false, firewall_rule_list: [{ action: 'allow' }] });
  assert.equal(first, 'drop');
});

test('it is the forward chain of its routers, and without a router nothing', async () => {
  const neutron = stored(ROUTER);
  const forwardChain = async () =>
    (await neutron.topology('router')).find((one) => one.kind === 'router')?.forwardChainId;
  assert.equal(await forwardChain(), undefined);
  neutron.put('firewall', { id: FIREWALL, 'add-router-ids': [ROUTER] });
  assert.equal(await forwardChain(), firewallChainId(FIREWALL));
  neutron.put('firewall', { id: FIREWALL, 'add-router-ids': [] });
  assert.equal(await forwardChain(), undefined);
  assert.deepEqual(await neutron.topology('firewall'), []);
  neutron.put('firewall', { id: FIREWALL, 'add-router-ids': [OTHER] });
  assert.deepEqual(await neutron.topology('firewall'), [], 'of a router that went');
});

test('its logs are loggers of the chain, for as long as there is one', async () => {
  const neutron = stored(ROUTER);
  neutron.put('firewall', { id: FIREWALL, 'add-router-ids': [ROUTER] });
  neutron.put('loggingResource', { id: RESOURCE, name: 'audit', tenant_id: 'acme', enabled: false });
  neutron.put('firewallLog', { id: LOG, firewall_id: FIREWALL, logging_resource_id: RESOURCE, fw_event: 'drop' });
  assert.deepEqual(await neutron.topology('firewallLog'), [
    {
      ...{ kind: 'ruleLogger', id: LOG, name: '', event: 'drop' },
      ...{ loggingResourceId: RESOURCE, chainId: firewallChainId(FIREWALL) },
    },
  ]);
  assert.deepEqual(await neutron.topology('loggingResource'), [
    { kind: 'loggingResource', id: RESOURCE, tenantId: 'acme', name: 'audit', type: 'file', enabled: false },
  ]);
  neutron.put('firewall', { id: FIREWALL, 'add-router-ids': [] });
  assert.deepEqual(await neutron.topology('firewallLog'), []);
});

test('what cannot hold is named by its member', async () => {
  const neutron = stored(ROUTER);
  neutron.put('firewall', { id: OTHER, 'add-router-ids': [ROUTER] });
  const firewall_rule_list = [
    { id: RULE, action: 'allow', ip_version: 4 as const, source_ip_address: 'fd00::/64' },
    { id: RULE, action: 'allow', protocol: 'icmp', destination_port: '80' },
  ];
  neutron.put('firewall', { id: FIREWALL, 'add-router-ids': [ROUTER], firewall_rule_list });
  assert.deepEqual(await neutron.wrong('firewall', FIREWALL), [
    'firewall_rule_list names a rule twice',
    `add-router-ids.0 router ${ROUTER} has firewall ${OTHER}: take it from there first`,
    'firewall_rule_list.0.source_ip_address is not of the IP version of the rule',
    'firewall_rule_list.1.destination_port needs a protocol with ports: tcp, udp',
  ]);
  for (const destination_port of ['0', '81:80', '70000', 'http']) {
    const rule = { action: 'allow', protocol: 'tcp', destination_port };
    assert.throws(() => neutron.put('firewall', { id: FIREWALL, firewall_rule_list: [rule] }), /8000:8100/);
  }
});
