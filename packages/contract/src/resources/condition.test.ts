import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseId, type BridgeId, type ChainId, type Rule, type RuleId } from '@midonet/topology';
import fc from 'fast-check';
import { baseOf } from '../links.ts';
import { decode } from '../problem.ts';
import { conditionDto, conditionInput } from './condition.ts';
import { conditionToDto, newCondition, updateCondition } from './condition-conversion.ts';
import { newRule, ruleDto, ruleInput, ruleToDto, updateRule } from './rule.ts';

const id = <T extends RuleId | ChainId | BridgeId>(digit: number): T =>
  parseId<T>(`00000000-0000-4000-8000-00000000000${digit}`) ?? assert.fail();

function must<T>(converted: { kind: 'ok'; value: T } | { kind: 'invalid'; violations: readonly unknown[] }): T {
  if (converted.kind === 'invalid') assert.fail(JSON.stringify(converted.violations));
  return converted.value;
}

const condition = (body: object) => must(newCondition(must(decode(conditionInput, body))));
const rule = (body: object): Rule => ({
  ...must(newRule(must(decode(ruleInput, body)), id(1), () => id(2))),
  order: 0,
});

/** Any condition a client can write, with some of its fields null. */
const bodies = (() => {
  const uuid = fc.integer({ min: 1, max: 9 }).map((digit) => `00000000-0000-4000-8000-00000000000${digit}`);
  const range = fc
    .tuple(fc.nat(0xffff), fc.nat(0xffff))
    .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));
  const mac = fc.constantFrom('02:00:00:00:00:01', 'ac:ca:ba:11:22:33');
  const mask = fc.constantFrom('ffff.ff00.0000', 'ff:ff:ff:ff:ff:ff', '0000.0000.0001');
  const prefix = (name: string) =>
    fc.oneof(
      fc.nat(32).map((length) => ({ [`${name}Address`]: '10.1.2.3', [`${name}Length`]: length })),
      fc.nat(128).map((length) => ({ [`${name}Address`]: '2001:db8::7', [`${name}Length`]: length })),
      fc.constant({ [`${name}Address`]: null, [`${name}Length`]: 0 }),
    );
  const one = (name: string, value: fc.Arbitrary<unknown>, invert: string) =>
    fc.record({ [name]: fc.option(value), [invert]: fc.boolean() });
  const parts = [
    one('inPorts', fc.array(uuid, { maxLength: 3 }), 'invInPorts'),
    one('outPorts', fc.array(uuid, { maxLength: 3 }), 'invOutPorts'),
    one('portGroup', uuid, 'invPortGroup'),
    one('inPortGroup', uuid, 'invInPortGroup'),
    one('outPortGroup', uuid, 'invOutPortGroup'),
    one('ipAddrGroupSrc', uuid, 'invIpAddrGroupSrc'),
    one('ipAddrGroupDst', uuid, 'invIpAddrGroupDst'),
    one('traversedDevice', uuid, 'invTraversedDevice'),
    one('dlType', fc.integer({ min: 0x600, max: 0xffff }), 'invDlType'),
    one('nwTos', fc.nat(255), 'invNwTos'),
    one('nwProto', fc.nat(255), 'invNwProto'),
    one('tpSrc', range, 'invTpSrc'),
    one('tpDst', range, 'invTpDst'),
    fc.record({ dlSrc: mac, dlSrcMask: fc.option(mask), invDlSrc: fc.boolean() }),
    fc.record({ dlDst: mac, dlDstMask: fc.option(mask), invDlDst: fc.boolean() }),
    fc.tuple(prefix('nwSrc'), fc.record({ invNwSrc: fc.boolean() })).map(([a, b]) => ({ ...a, ...b })),
    fc.tuple(prefix('nwDst'), fc.record({ invNwDst: fc.boolean() })).map(([a, b]) => ({ ...a, ...b })),
    prefix('icmpDataSrcIp'),
    prefix('icmpDataDstIp'),
    fc.record({ condInvert: fc.boolean(), noVlan: fc.boolean(), matchNwDstRewritten: fc.boolean() }),
    fc.record({ vlan: fc.option(fc.nat(4094)) }),
    fc.constantFrom({ matchForwardFlow: true }, { matchReturnFlow: true, matchForwardFlow: false }),
    fc.record({ fragmentPolicy: fc.option(fc.constantFrom('any', 'NONHEADER', 'header', 'unfragmented')) }),
  ];
  return fc
    .tuple(...parts.map((part) => fc.option(part, { nil: {} })))
    .map((all) => all.reduce<object>((sum, one) => ({ ...sum, ...one }), {}));
})();

test('what a condition shows can be written back without changing anything', () => {
  fc.assert(
    fc.property(bodies, (body) => {
      const made = condition(body);
      const dto = conditionToDto(made);
      assert.deepEqual(conditionDto.parse(dto), dto);
      assert.deepEqual(condition(dto), made);
      assert.deepEqual(must(updateCondition(made, must(decode(conditionInput, dto)))), made);
      assert.deepEqual(must(updateCondition(made, {})), made);
    }),
  );
});

test('fragments: rules with ports are for packets that have them, others for all, unless said otherwise', () => {
  assert.equal(condition({}).fragmentPolicy, 'any');
  assert.equal(condition({ tpDst: { start: 80, end: 80 } }).fragmentPolicy, 'header');
  assert.equal(condition({ fragmentPolicy: 'Unfragmented' }).fragmentPolicy, 'unfragmented');
  const opened = must(updateCondition(condition({}), must(decode(conditionInput, { tpDst: { start: 80, end: 80 } }))));
  assert.equal(opened.fragmentPolicy, 'header');
  assert.equal(must(updateCondition(opened, must(decode(conditionInput, { tpDst: null })))).fragmentPolicy, 'any');
});

test('a new address does not inherit the old length or mask; null takes both away', () => {
  const old = condition({
    nwSrcAddress: '10.0.0.0',
    nwSrcLength: 8,
    dlSrc: '02:00:00:00:00:01',
    dlSrcMask: 'ff00.0000.0000',
  });
  const change = (body: object) => conditionToDto(must(updateCondition(old, must(decode(conditionInput, body)))));
  const moved = change({ nwSrcAddress: '10.0.0.7', dlSrc: '02:00:00:00:00:02' });
  assert.deepEqual([moved.nwSrcLength, moved.dlSrcMask], [32, null]);
  const gone = change({ nwSrcAddress: null, dlSrc: null });
  assert.deepEqual([gone.nwSrcAddress, gone.nwSrcLength, gone.dlSrc, gone.dlSrcMask], [null, 0, null, null]);
  assert.equal(change({ nwSrcLength: 16 }).nwSrcLength, 16);
});

test('what is half said or of a later stage is refused by name', () => {
  const refused = (body: object): string => {
    const decoded = decode(ruleInput, body);
    const made = decoded.kind === 'invalid' ? decoded : newRule(decoded.value, id(1), () => id(2));
    assert.ok(made.kind === 'invalid', JSON.stringify(body));
    return made.violations.map(({ property, message }) => `${property} ${message}`).join('; ');
  };
  assert.match(refused({}), /^type is required/);
  assert.match(refused({ type: 'jump' }), /^jumpChainId /);
  assert.match(refused({ type: 'trace' }), /^requestId is required/);
  assert.match(refused({ type: 'trace', requestId: 'x' }), /^requestId /);
  assert.match(refused({ type: 'trace', requestId: id(3), limit: -1 }), /^limit /);
  assert.match(refused({ type: 'trace', requestId: id(3), targetPortId: id(4) }), /^targetPortId /);
  assert.match(refused({ type: 'accept', requestId: id(3) }), /^requestId cannot be set: only trace rules/);
  assert.match(refused({ type: 'l2_transform', limit: 3 }), /^limit cannot be set: only trace rules/);
  assert.match(refused({ type: 'nonsense' }), /must be one of accept/);
  assert.match(refused({ type: 'accept', matchForwardFlow: true, matchReturnFlow: true }), /^matchForwardFlow /);
  assert.match(refused({ type: 'accept', nwSrcLength: 24 }), /^nwSrcAddress is required/);
  assert.match(refused({ type: 'accept', nwSrcAddress: '10.0.0.0', nwSrcLength: 33 }), /^nwSrcLength /);
  assert.match(refused({ type: 'accept', dlDstMask: 'ffff.0000.0000' }), /^dlDst /);
  assert.match(refused({ type: 'accept', dlDstMask: 'ff' }), /^dlDstMask .*ffff/);
  assert.match(refused({ type: 'accept', tpDst: { start: 1, end: 65536 } }), /^tpDst.end /);
});

test('blank values that other clients write beside a plain rule change nothing', () => {
  const made = rule({
    type: 'ACCEPT',
    flowAction: 'accept',
    natTargets: null,
    matchForwardFlow: false,
    pushVlan: 0,
    popVlan: false,
    meterName: null,
    tpSrc: { start: null, end: null },
    inPorts: [],
  });
  assert.deepEqual(made, rule({ type: 'accept' }));
});

test('a rule changes type in place, and back', () => {
  const made = rule({ type: 'accept', nwProto: 6 });
  const jump = must(updateRule(made, must(decode(ruleInput, { type: 'jump', jumpChainId: id<ChainId>(3) }))));
  const dto = ruleToDto(jump, { position: 4, jumpChainName: 'next' }, baseOf('http://h'));
  assert.deepEqual(ruleDto.parse(dto), dto);
  assert.deepEqual([dto.type, dto.position, dto.jumpChainName, dto.nwProto], ['jump', 4, 'next', 6]);
  assert.deepEqual(must(updateRule(jump, must(decode(ruleInput, { type: 'accept' })))), made);
});
