import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCidr, parseMac } from '@midonet/packet';
import {
  parseId,
  type AnyId,
  type Bridge,
  type Chain,
  type Entity,
  type Router,
  type RouterPort,
} from '@midonet/topology';
import { differenceOf, withChanges } from './difference.ts';
import { ruleAt } from './translate/rules.ts';

function id<T extends AnyId>(number: number): T {
  return parseId<T>(`00000000-0000-4000-8000-${String(number).padStart(12, '0')}`) ?? assert.fail();
}

const chain = (number: number): Chain => ({ kind: 'chain', id: id(number), tenantId: '', name: 'c' });
const bridge: Bridge = { kind: 'bridge', id: id(10), tenantId: '', name: 'b', adminStateUp: true };
const router: Router = {
  kind: 'router',
  id: id(11),
  tenantId: '',
  name: 'r',
  adminStateUp: true,
  inboundFilterId: id(1),
};
const bridgePort: Entity = { kind: 'port', type: 'bridge', id: id(20), bridgeId: bridge.id, adminStateUp: true };
const routerPort: RouterPort = {
  ...{ kind: 'port', type: 'router', id: id(21), routerId: router.id, adminStateUp: true, peerId: id(20) },
  mac: parseMac('fa:16:3e:00:00:01') ?? assert.fail(),
  addresses: [parseCidr('10.0.0.1/24') ?? assert.fail()],
};
const rule = (chainNumber: number): Entity => ruleAt(id(chainNumber), id(30), 1, { type: 'drop', condition: {} });
const keys = (entities: readonly Entity[]): string[] => entities.map(({ kind }) => kind);

test('things are made before those that name them, and go after those', () => {
  const all = [rule(1), routerPort, bridgePort, router, bridge, chain(1)];
  const { made, gone } = differenceOf([], all);
  assert.deepEqual(keys(made), ['chain', 'bridge', 'router', 'port', 'port', 'rule']);
  assert.equal(made.indexOf(bridgePort) < made.indexOf(routerPort), true, 'links are made by the router');
  assert.deepEqual(gone, []);
  assert.deepEqual(differenceOf(all, []).gone, made.toReversed());
});

test('what is alike is left alone, what differs is changed, what is elsewhere is made again', () => {
  const renamed = { ...bridge, name: 'other' };
  const before = [chain(1), chain(2), bridge, router, rule(1)];
  const after = [chain(1), chain(2), renamed, router, rule(2)];
  const { moved, made, changed, gone } = differenceOf(before, after);
  assert.deepEqual(moved, [rule(1)]);
  assert.deepEqual(made, [rule(2)]);
  assert.deepEqual(changed, [{ before: bridge, after: renamed }]);
  assert.deepEqual(gone, []);
  assert.deepEqual(differenceOf(after, after), { moved: [], made: [], changed: [], gone: [] });
});

test('a change touches the members that changed: what others have set since stays', () => {
  const stored: Bridge = { ...bridge, inboundFilterId: id(7), name: 'theirs' };
  const down = withChanges(stored, bridge, { ...bridge, adminStateUp: false });
  assert.deepEqual(down, { ...stored, adminStateUp: false });
  const before: Router = { ...router, forwardChainId: id(2) };
  assert.equal(withChanges<Router>(before, before, router).forwardChainId, undefined, 'what is taken away goes');
});
