import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bridge,
  bridgeId,
  bridgePort,
  chain,
  chainId,
  cidr,
  Cloud,
  ip,
  ipAddrGroup,
  ipAddrGroupId,
  portGroup,
  portGroupId,
  portId,
  router,
  routerId,
  rule,
  ruleId,
} from '../../testing/cloud.ts';
import { planInsertRule, ReadRecorder, type Entity } from '../index.ts';

const yes = <T>(value: T) => ({ value, invert: false });

test('jumps that lead back are refused, however long the way', async () => {
  const cloud = new Cloud();
  await cloud.create(chain(1), chain(2), chain(3));
  assert.equal(await cloud.insert(rule(1, 1, 1)), 'conflict jumpChainId');
  assert.equal(await cloud.insert(rule(1, 1, 2)), 'done');
  assert.equal(await cloud.insert(rule(2, 2, 3)), 'done');
  assert.equal(await cloud.insert(rule(3, 3, 1)), 'conflict jumpChainId');
  assert.equal(await cloud.insert(rule(3, 3, 2)), 'conflict jumpChainId');
  assert.equal(await cloud.insert(rule(3, 1, 3)), 'done', 'two ways to one chain are no loop');
  assert.equal(await cloud.insert(rule(4, 3)), 'done');
  const closing = (one: Extract<Entity, { kind: 'rule' }>): Entity => ({
    ...one,
    type: 'jump',
    jumpChainId: chainId(1),
  });
  assert.equal(await cloud.update('rule', ruleId(4), closing), 'conflict jumpChainId');
  assert.equal(await cloud.insert(rule(5, 3, 9)), 'invalid jumpChainId');
});

test('two changes that close a loop together do not both commit', async () => {
  const cloud = new Cloud();
  await cloud.create(chain(1), chain(2));
  const plans = await Promise.all(
    [rule(1, 1, 2), rule(2, 2, 1)].map((one) => planInsertRule(one, 1, new ReadRecorder(cloud.table))),
  );
  const commits = plans.map((plan) => plan.kind === 'plan' && cloud.table.commit(plan));
  assert.deepEqual(commits, [true, false]);
});

test('a chain takes its rules along and is cleared as a filter, but stays while a rule jumps to it', async () => {
  const cloud = new Cloud();
  const inboundFilterId = chainId(1);
  await cloud.create(chain(1), chain(2), bridge(1), router(1), bridgePort(1, 1, { inboundFilterId }));
  await cloud.insert(rule(1, 1));
  await cloud.insert(rule(2, 2, 1));
  await cloud.update('router', routerId(1), (one) => ({ ...one, forwardChainId: chainId(1), inboundFilterId }));
  await cloud.update('bridge', bridgeId(1), (one) => ({ ...one, outboundFilterId: chainId(1) }));
  assert.equal(await cloud.remove('chain', chainId(1)), 'inUse id');
  assert.equal(await cloud.remove('rule', ruleId(2)), 'done');
  assert.equal(await cloud.remove('chain', chainId(1)), 'done');
  assert.deepEqual(
    cloud.table
      .entities()
      .map((one) => one.kind)
      .sort(),
    ['bridge', 'chain', 'port', 'router'],
  );
  assert.equal((await cloud.get('port', portId(1)))?.inboundFilterId, undefined);
  assert.equal((await cloud.get('router', routerId(1)))?.forwardChainId, undefined);
  assert.equal((await cloud.get('router', routerId(1)))?.inboundFilterId, undefined);
  assert.equal((await cloud.get('bridge', bridgeId(1)))?.outboundFilterId, undefined);
  assert.deepEqual(
    [...cloud.table.rows.keys()].filter((key) => key.includes(chainId(1))),
    [],
  );
});

test('filters name chains that are there', async () => {
  const cloud = new Cloud();
  await cloud.create(bridge(1), router(1));
  const missing = { outboundFilterId: chainId(9) };
  assert.equal(await cloud.create(bridgePort(1, 1, missing)), 'invalid outboundFilterId');
  assert.equal(
    await cloud.update('bridge', bridgeId(1), (one) => ({ ...one, ...missing })),
    'invalid outboundFilterId',
  );
  const local = { localRedirectChainId: chainId(9) };
  assert.equal(
    await cloud.update('router', routerId(1), (one) => ({ ...one, ...local })),
    'invalid localRedirectChainId',
  );
});

test('groups stay while a rule asks about them, and take their rows along', async () => {
  const cloud = new Cloud();
  await cloud.create(chain(1), portGroup(1), ipAddrGroup(1), bridge(1), bridgePort(1, 1), bridgePort(2, 1));
  for (const n of [1, 2]) {
    await cloud.create({ kind: 'portGroupMember', groupId: portGroupId(1), portId: portId(n) });
  }
  await cloud.create({ kind: 'ipAddrGroupAddress', groupId: ipAddrGroupId(1), address: ip('2001:db8::1') });
  const asking = { portGroup: yes(portGroupId(1)), ipAddrGroupDst: yes(ipAddrGroupId(1)) };
  assert.equal(await cloud.insert(rule(1, 1, undefined, asking)), 'done');
  assert.equal(await cloud.remove('portGroup', portGroupId(1)), 'inUse id');
  assert.equal(await cloud.remove('ipAddrGroup', ipAddrGroupId(1)), 'inUse id');
  assert.equal(await cloud.remove('port', portId(1)), 'done');
  assert.equal(await cloud.get('portGroupMember', `${portGroupId(1)}/${portId(1)}`), undefined);
  await cloud.remove('rule', ruleId(1));
  assert.equal(await cloud.remove('portGroup', portGroupId(1)), 'done');
  assert.equal(await cloud.remove('ipAddrGroup', ipAddrGroupId(1)), 'done');
  assert.deepEqual(
    cloud.table
      .entities()
      .map((one) => one.kind)
      .sort(),
    ['bridge', 'chain', 'port'],
  );
});

test('chains that belong with an address group are there, and go from it when they are deleted', async () => {
  const cloud = new Cloud();
  await cloud.create(chain(1), chain(2), ipAddrGroup(1));
  const name = (inbound: number, outbound?: number) =>
    cloud.update('ipAddrGroup', ipAddrGroupId(1), (one) => ({
      ...one,
      inboundChainId: chainId(inbound),
      outboundChainId: outbound === undefined ? undefined : chainId(outbound),
    }));
  assert.equal(await name(9), 'invalid inboundChainId');
  assert.equal(await name(1, 2), 'done');
  assert.equal(await cloud.remove('chain', chainId(1)), 'done');
  const group = await cloud.get('ipAddrGroup', ipAddrGroupId(1));
  assert.deepEqual([group?.inboundChainId, group?.outboundChainId], [undefined, chainId(2)]);
  assert.equal(await cloud.remove('ipAddrGroup', ipAddrGroupId(1)), 'done');
  assert.deepEqual(
    [...cloud.table.rows.keys()].filter((key) => key.includes('ipAddrGroup')),
    [],
  );
});

test('a rule names what is there; a port that goes later is simply met by no packet', async () => {
  const cloud = new Cloud();
  await cloud.create(chain(1), bridge(1), bridgePort(1, 1));
  assert.equal(await cloud.insert(rule(1, 9)), 'notFound chainId');
  assert.equal(await cloud.insert(rule(1, 1, undefined, { inPorts: yes([portId(9)]) })), 'invalid inPorts');
  assert.equal(await cloud.insert(rule(1, 1, undefined, { inPortGroup: yes(portGroupId(9)) })), 'invalid inPortGroup');
  assert.equal(
    await cloud.insert(rule(1, 1, undefined, { traversedDevice: yes(bridgeId(9)) })),
    'invalid traversedDevice',
  );
  const asking = { inPorts: yes([portId(1)]), traversedDevice: yes(bridgeId(1)) };
  assert.equal(await cloud.insert(rule(1, 1, undefined, asking)), 'done');
  assert.equal(await cloud.remove('port', portId(1)), 'done');
  assert.equal(await cloud.update('rule', ruleId(1), (one): Entity => ({ ...one, type: 'drop' })), 'done');
  assert.equal((await cloud.get('rule', ruleId(1)))?.type, 'drop');
});

test('conditions that contradict themselves are refused by the member that is wrong', async () => {
  const cloud = new Cloud();
  await cloud.create(chain(1));
  const insert = (condition: Parameters<typeof rule>[3]) => cloud.insert(rule(1, 1, undefined, condition));
  const web = { tpDst: yes({ start: 80, end: 80 }) };
  assert.equal(await insert(web), 'invalid fragmentPolicy');
  assert.equal(await insert({ tpSrc: yes({ start: 81, end: 80 }), fragmentPolicy: 'header' }), 'invalid tpSrc');
  assert.equal(await insert({ dlType: yes(0x5ff) }), 'invalid dlType');
  assert.equal(await insert({ vlan: 1, noVlan: true }), 'invalid vlan');
  const mixed = { nwSrc: yes(cidr('10.0.0.0/8')), nwDst: yes(cidr('fd00::/8')) };
  assert.equal(await insert(mixed), 'invalid nwDstAddress');
  assert.equal(await insert({ outPorts: yes([]) }), 'invalid outPorts');
  assert.equal(await insert({ ...web, fragmentPolicy: 'unfragmented' }), 'done');
});
