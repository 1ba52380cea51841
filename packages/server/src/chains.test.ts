import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '@midonet/contract';
import { startHarness, type Harness } from '../testing/harness.ts';
import { WatchClient } from '../testing/watch-client.ts';

const limit = { timeout: 20_000 };

function refusal(status: number, property: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ApiError && error.failure.kind === 'refused', String(error));
    const properties = error.failure.violations.map((violation) => violation.property);
    assert.deepEqual([error.status, properties], [status, [property]]);
    return true;
  };
}

async function chainOf({ client }: Harness, name: string): Promise<string> {
  return (await client.chains.create({ body: { name } })).id;
}

async function tos({ client }: Harness, id: string): Promise<(number | null)[]> {
  return (await client.chains.rules({ id })).map((rule, index) => {
    assert.equal(rule.position, index + 1);
    return rule.nwTos;
  });
}

test('positions: the head by default, anywhere up to one behind the last, moved in place', limit, async () => {
  await using h = await startHarness();
  const id = await chainOf(h, 'c');
  const add = (nwTos: number, position?: number) =>
    h.client.chains.createRule({ id, body: { type: 'accept', nwTos, position } });
  await add(1);
  await add(2);
  const third = await add(3, 3);
  await add(4, 2);
  assert.deepEqual(await tos(h, id), [2, 4, 1, 3]);
  for (const position of [0, -1, 6]) await assert.rejects(add(9, position), refusal(400, 'position'));
  await h.client.rules.update({ id: third.id, body: { position: 1 } });
  assert.deepEqual(await tos(h, id), [3, 2, 4, 1]);
  await h.client.rules.update({ id: third.id, body: { ...third, position: 4 } });
  assert.deepEqual(await tos(h, id), [2, 4, 1, 3]);
  await assert.rejects(h.client.rules.update({ id: third.id, body: { position: 5 } }), refusal(400, 'position'));
  await h.client.rules.remove({ id: third.id });
  assert.deepEqual(await tos(h, id), [2, 4, 1]);
});

test('many rules put into one chain at once all arrive, each once', limit, async () => {
  await using h = await startHarness();
  const id = await chainOf(h, 'c');
  const numbers = Array.from({ length: 40 }, (_, index) => index);
  const results = await Promise.allSettled(
    numbers.map((nwTos) => h.client.chains.createRule({ id, body: { type: 'drop', nwTos } })),
  );
  const made = numbers.filter((_, index) => results[index]?.status === 'fulfilled');
  for (const one of results) if (one.status === 'rejected') assert.match(String(one.reason), /others keep changing/);
  assert.deepEqual((await tos(h, id)).toSorted(), made.toSorted());
});

test('jumps that would go round, or lead nowhere, are refused; a jump target stays', limit, async () => {
  await using h = await startHarness();
  const [a, b, c] = [await chainOf(h, 'a'), await chainOf(h, 'b'), await chainOf(h, 'c')];
  const jump = (id: string, jumpChainId: string) =>
    h.client.chains.createRule({ id, body: { type: 'jump', jumpChainId } });
  const first = await jump(a, b);
  await jump(b, c);
  await assert.rejects(jump(c, a), refusal(409, 'jumpChainId'));
  await assert.rejects(jump(c, c), refusal(409, 'jumpChainId'));
  await assert.rejects(jump(a, '11111111-1111-4111-8111-111111111111'), refusal(400, 'jumpChainId'));
  await assert.rejects(h.client.chains.remove({ id: b }), refusal(409, 'id'));
  await h.client.rules.remove({ id: first.id });
  await h.client.chains.remove({ id: b });
  await h.client.chains.remove({ id: c });
  await assert.rejects(h.client.chains.rules({ id: c }), /404|there is no chain/);
});

test('filters of all devices are set, shown, kept by stale copies without them, cleared by null', limit, async () => {
  await using h = await startHarness();
  const { client } = h;
  const [one, two] = [await chainOf(h, 'one'), await chainOf(h, 'two')];
  const both = { inboundFilterId: one, outboundFilterId: two };
  const bridge = await client.bridges.create({ body: { name: 'b', ...both } });
  assert.deepEqual([bridge.inboundFilterId, bridge.outboundFilterId], [one, two]);
  assert.equal(bridge.inboundFilter, `${h.controller.url}/chains/${one}`);
  const router = await client.routers.create({ body: { ...both, forwardChainId: one, localRedirectChainId: two } });
  assert.deepEqual([router.forwardChainId, router.localRedirectChainId], [one, two]);
  const port = await client.bridges.createPort({ id: bridge.id, body: both });
  const users = await client.chains.get({ id: one });
  assert.deepEqual(
    [users.networkInboundIds, users.routerInboundIds, users.routerForwardIds, users.portInboundIds],
    [[bridge.id], [router.id], [router.id], [port.id]],
  );
  assert.deepEqual(await client.chains.list({ query: { name: 'one' } }), [users]);
  const kept = await client.bridges.update({ id: bridge.id, body: { name: 'b2' } });
  assert.equal(kept.inboundFilterId, one);
  const cleared = await client.routers.update({ id: router.id, body: { ...router, forwardChainId: null } });
  assert.deepEqual([cleared.forwardChainId, cleared.inboundFilterId], [null, one]);
  const body = { inboundFilterId: '11111111-1111-4111-8111-111111111111' };
  await assert.rejects(client.ports.update({ id: port.id, body }), refusal(400, 'inboundFilterId'));
  await client.chains.remove({ id: one });
  assert.equal((await client.bridges.get({ id: bridge.id })).inboundFilterId, null);
  assert.equal((await client.ports.get({ id: port.id })).outboundFilterId, two);
});

test('groups that rules ask about stay, and what a rule asks about must be there', limit, async () => {
  await using h = await startHarness();
  const { client } = h;
  const id = await chainOf(h, 'c');
  const ports = await client.portGroups.create({ body: { name: 'p' } });
  const addresses = await client.ipAddrGroups.create({ body: { name: 'a' } });
  const body = { type: 'accept', inPortGroup: ports.id, ipAddrGroupSrc: addresses.id, invIpAddrGroupSrc: true };
  const rule = await client.chains.createRule({ id, body });
  assert.deepEqual([rule.inPortGroup, rule.invInPortGroup, rule.invIpAddrGroupSrc], [ports.id, false, true]);
  await assert.rejects(client.portGroups.remove({ id: ports.id }), refusal(409, 'id'));
  await assert.rejects(client.ipAddrGroups.remove({ id: addresses.id }), refusal(409, 'id'));
  for (const field of ['portGroup', 'outPortGroup', 'ipAddrGroupDst', 'traversedDevice']) {
    const missing = { type: 'accept', [field]: '11111111-1111-4111-8111-111111111111' };
    await assert.rejects(client.chains.createRule({ id, body: missing }), refusal(400, field));
  }
  await client.ipAddrGroupAddrs.create({ id: addresses.id, body: { addr: '10.0.0.1' } });
  await assert.rejects(client.ipAddrGroupAddrs.create({ id: addresses.id, body: { addr: '10.0.0.1' } }), /409|exists/);
  const wrong = { addr: '10.0.0.2', version: 6 as const };
  await assert.rejects(client.ipAddrGroupAddrs.create({ id: addresses.id, body: wrong }), refusal(400, 'version'));
  const path = { id: addresses.id, version: '6', addr: '10.0.0.1' };
  await assert.rejects(client.ipAddrGroupAddrs.get(path), /there is no IPv6 address/);
});

test('watching a chain and groups gives their parts, and then what changes in them', limit, async () => {
  await using h = await startHarness();
  const { client } = h;
  const id = await chainOf(h, 'c');
  const rule = await client.chains.createRule({ id, body: { type: 'drop' } });
  const group = await client.ipAddrGroups.create({ body: { name: 'a' } });
  const bridge = await client.bridges.create({ body: {} });
  const port = await client.bridges.createPort({ id: bridge.id, body: {} });
  const ports = await client.portGroups.create({ body: { name: 'p' } });
  await client.portGroupPorts.create({ id: ports.id, body: { portId: port.id } });
  const watch = await WatchClient.connect(h.controller.url);
  await watch.hello();
  const topics = [
    { kind: 'chain', id },
    { kind: 'ipAddrGroup', id: group.id },
    { kind: 'portGroup', id: ports.id },
  ] as const;
  const expected = [
    [`chain/${id}`, `rule/${rule.id}`],
    [`ipAddrGroup/${group.id}`],
    [`portGroup/${ports.id}`, `portGroupMember/${ports.id}/${port.id}`],
  ];
  for (const [sub, topic] of topics.entries()) {
    watch.send({ op: 'subscribe', sub, topic });
    const snapshot = await watch.next('snapshot', (message) => message.sub === sub);
    assert.deepEqual(snapshot.items.map(({ key }) => key).sort(), expected[sub]);
  }
  const keysOf = async (sub: number): Promise<string[]> =>
    (await watch.next('delta', (message) => message.sub === sub)).changes.map(({ key }) => key).sort();
  const second = await client.chains.createRule({ id, body: { type: 'accept' } });
  assert.deepEqual(await keysOf(0), [`rule/${second.id}`]);
  await client.rules.update({ id: rule.id, body: { type: 'reject' } });
  assert.deepEqual(await keysOf(0), [`rule/${rule.id}`]);
  await client.rules.remove({ id: second.id });
  assert.deepEqual(await keysOf(0), [`rule/${second.id}`]);
  await client.ipAddrGroupAddrs.create({ id: group.id, body: { addr: '2001:db8::1' } });
  assert.deepEqual(await keysOf(1), [`ipAddrGroupAddress/${group.id}/2001:db8::1`]);
  await client.ports.remove({ id: port.id });
  assert.deepEqual(await keysOf(2), [`portGroupMember/${ports.id}/${port.id}`]);
  await watch.close();
});
