import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';

type Step = (name: string, run: () => Promise<unknown>) => Promise<void>;

/** Drives every endpoint of chains, rules and groups. */
export async function filterSteps(h: Harness, step: Step, { portId }: { readonly portId: string }): Promise<void> {
  await chainSteps(h, step, portId);
  await portGroupSteps(h, step, portId);
  await ipAddrGroupSteps(h, step);
}

async function chainSteps({ client }: Harness, step: Step, portId: string): Promise<void> {
  const chain = await client.chains.create({ body: { name: 'in', tenantId: 'acme' } });
  const other = await client.chains.create({ body: { name: 'other' } });
  await step('chains.create', () => Promise.resolve(assert.deepEqual(chain.ruleIds, [])));
  const { id } = chain;
  await step('chains.list', async () => {
    const acme = await client.chains.list({ query: { tenant_id: 'acme' } });
    assert.deepEqual(
      acme.map(({ name }) => name),
      ['in'],
    );
  });
  await step('chains.update', async () => {
    assert.equal((await client.chains.update({ id, body: { ...chain, name: 'inbound' } })).name, 'inbound');
  });
  const last = await client.chains.createRule({ id, body: { type: 'drop' } });
  const jump = await client.chains.createRule({ id, body: { type: 'jump', jumpChainId: other.id, nwProto: 6 } });
  await step('chains.createRule', () =>
    Promise.resolve(assert.deepEqual([jump.position, jump.jumpChainName], [1, 'other'])),
  );
  await step('chains.ruleHits', async () => assert.deepEqual(await client.chains.ruleHits({ id }), []));
  await step('chains.rules', async () => {
    const rules = await client.chains.rules({ id });
    assert.deepEqual(
      rules.map((rule) => [rule.id, rule.position]),
      [
        [jump.id, 1],
        [last.id, 2],
      ],
    );
  });
  await step('rules.get', async () => assert.equal((await client.rules.get({ id: last.id })).position, 2));
  await step('rules.update', async () => {
    const moved = await client.rules.update({ id: last.id, body: { position: 1, dlType: 0x0806 } });
    assert.deepEqual([moved.position, moved.dlType, moved.type], [1, 0x0806, 'drop']);
  });
  await client.ports.update({ id: portId, body: { inboundFilterId: id, outboundFilterId: other.id } });
  await step('chains.get', async () => {
    const shown = await client.chains.get({ id });
    assert.deepEqual([shown.ruleIds, shown.portInboundIds, shown.portOutboundIds], [[last.id, jump.id], [portId], []]);
    assert.deepEqual((await client.chains.get({ id: other.id })).jumpRuleIds, [jump.id]);
  });
  await step('rules.remove', () => client.rules.remove({ id: jump.id }));
  await step('chains.remove', () => client.chains.remove({ id }));
  await client.chains.remove({ id: other.id });
  const port = await client.ports.get({ id: portId });
  assert.deepEqual([port.inboundFilterId, port.outboundFilterId], [null, null], 'a chain that goes is taken off');
}

async function portGroupSteps({ client }: Harness, step: Step, portId: string): Promise<void> {
  const group = await client.portGroups.create({ body: { name: 'uplinks', tenantId: 'acme', stateful: true } });
  const { id } = group;
  await step('portGroups.create', () => Promise.resolve(assert.equal(group.stateful, true)));
  await step('portGroups.list', async () => assert.deepEqual(await client.portGroups.list(), [group]));
  await step('portGroups.update', async () => {
    const changed = await client.portGroups.update({ id, body: { stateful: false } });
    assert.deepEqual([changed.stateful, changed.name], [false, 'uplinks']);
  });
  await step('portGroupPorts.create', () => client.portGroupPorts.create({ id, body: { portId } }));
  await step('portGroupPorts.list', async () => {
    assert.deepEqual(
      (await client.portGroupPorts.list({ id })).map((one) => one.portId),
      [portId],
    );
  });
  await step('portGroupPorts.get', async () => {
    const { uri } = await client.portGroupPorts.get({ id, portId });
    assert.ok(uri.endsWith(`/port_groups/${id}/ports/${portId}`));
  });
  await step('portGroupPorts.ofPort', async () => {
    assert.equal((await client.portGroupPorts.ofPort({ id: portId }))[0]?.portGroupId, id);
  });
  await step('portGroups.get', async () => assert.deepEqual((await client.portGroups.get({ id })).portIds, [portId]));
  assert.equal((await client.portGroups.list({ query: { port_id: portId } })).length, 1);
  assert.equal((await client.portGroups.list({ query: { port_id: id } })).length, 0);
  assert.equal((await client.portGroups.list({ query: { tenant_id: 'nobody' } })).length, 0);
  await step('portGroupPorts.remove', () => client.portGroupPorts.remove({ id, portId }));
  await step('portGroups.remove', () => client.portGroups.remove({ id }));
}

async function ipAddrGroupSteps({ client }: Harness, step: Step): Promise<void> {
  const group = await client.ipAddrGroups.create({ body: { name: 'admins' } });
  const { id } = group;
  await step('ipAddrGroups.create', () => Promise.resolve(assert.equal(group.name, 'admins')));
  await step('ipAddrGroups.list', async () => assert.deepEqual(await client.ipAddrGroups.list(), [group]));
  await step('ipAddrGroups.get', async () => assert.deepEqual(await client.ipAddrGroups.get({ id }), group));
  await step('ipAddrGroups.update', async () => {
    assert.equal((await client.ipAddrGroups.update({ id, body: { name: 'ops' } })).name, 'ops');
  });
  for (const [addr, version] of [
    ['192.0.2.7', '4'],
    ['2001:db8::7', '6'],
  ] as const) {
    await step('ipAddrGroupAddrs.create', async () => {
      const made = await client.ipAddrGroupAddrs.create({ id, body: { addr } });
      assert.ok(made.uri.endsWith(`/versions/${version}/ip_addrs/${addr}`), made.uri);
    });
    await step('ipAddrGroupAddrs.list', async () => {
      assert.deepEqual(
        (await client.ipAddrGroupAddrs.list({ id })).map((one) => one.addr),
        [addr],
      );
    });
    await step('ipAddrGroupAddrs.get', async () => {
      assert.equal((await client.ipAddrGroupAddrs.get({ id, version, addr })).version, Number(version));
    });
    await step('ipAddrGroupAddrs.remove', () => client.ipAddrGroupAddrs.remove({ id, version, addr }));
  }
  await step('ipAddrGroups.remove', () => client.ipAddrGroups.remove({ id }));
}
