import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseId, type ChainId, type Rule, type RuleId } from '@midonet/topology';
import fc from 'fast-check';
import { baseOf } from '../links.ts';
import { decode, type Converted } from '../problem.ts';
import { newRule, ruleDto, ruleInput, ruleToDto, updateRule } from './rule.ts';

const id = <T extends RuleId | ChainId>(digit: number): T =>
  parseId<T>(`00000000-0000-4000-8000-00000000000${digit}`) ?? assert.fail();

function must<T>(converted: Converted<T>): T {
  if (converted.kind === 'invalid') assert.fail(JSON.stringify(converted.violations));
  return converted.value;
}

const rule = (body: object): Rule => ({
  ...must(newRule(must(decode(ruleInput, body)), id(1), () => id(2))),
  order: 0,
});
const show = (one: Rule) => ruleToDto(one, { position: 1, jumpChainName: undefined }, baseOf('http://h'));
const change = (old: Rule, body: object): Converted<Rule> => updateRule(old, must(decode(ruleInput, body)));

function refused(converted: Converted<unknown>): string {
  assert.ok(converted.kind === 'invalid', 'it is refused');
  return converted.violations.map(({ property, message }) => `${property} ${message}`).join('; ');
}

const refusedNew = (body: object): string => {
  const decoded = decode(ruleInput, body);
  return refused(decoded.kind === 'invalid' ? decoded : newRule(decoded.value, id(1), () => id(2)));
};

const natTargets = [{ addressFrom: '203.0.113.5', addressTo: '203.0.113.9', portFrom: 1024, portTo: 65535 }];

/** Any NAT rule a client can write. */
const bodies = fc.record({
  type: fc.constantFrom('snat', 'dnat', 'SNAT', 'rev_snat', 'rev_dnat', 'Rev_DNAT'),
  flowAction: fc.constantFrom('accept', 'continue', 'return', 'ACCEPT'),
  natTargets: fc.array(
    fc.record({
      addressFrom: fc.constantFrom('10.0.0.1', '2001:db8::1'),
      addressTo: fc.constantFrom('10.0.0.9', '2001:db8::9', null),
      portFrom: fc.nat(0xffff),
      portTo: fc.option(fc.nat(0xffff)),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  matchForwardFlow: fc.boolean(),
});

test('what a NAT rule shows can be written back without changing anything', () => {
  fc.assert(
    fc.property(bodies, ({ natTargets: targets, ...rest }) => {
      const made = rule(/^rev/i.test(rest.type) ? rest : { ...rest, natTargets: targets });
      const dto = show(made);
      assert.deepEqual(ruleDto.parse(dto), dto);
      assert.deepEqual(rule({ ...dto, id: made.id }), made);
      assert.deepEqual(must(change(made, dto)), made);
      assert.deepEqual(must(change(made, {})), made);
    }),
  );
});

test('NAT rules in the wire form of existing clients', () => {
  const made = show(rule({ type: 'snat', flowAction: 'accept', natTargets }));
  assert.deepEqual([made.type, made.flowAction, made.natTargets], ['snat', 'accept', natTargets]);
  const reverse = show(rule({ type: 'rev_snat', flowAction: 'accept', natTargets: null }));
  assert.deepEqual([reverse.type, reverse.flowAction, reverse.natTargets], ['rev_snat', 'accept', null]);
  const plain = show(rule({ type: 'accept', flowAction: 'accept' }));
  assert.deepEqual([plain.flowAction, plain.natTargets], [null, null]);
});

test('one address, or one port, is said once; no port leaves ports as they are', () => {
  const shown = (target: object) =>
    show(rule({ type: 'dnat', flowAction: 'accept', natTargets: [target] })).natTargets?.[0];
  assert.deepEqual(shown({ addressFrom: '10.0.0.5', portFrom: 80 }), {
    addressFrom: '10.0.0.5',
    addressTo: '10.0.0.5',
    portFrom: 80,
    portTo: 80,
  });
  assert.deepEqual(shown({ addressFrom: 'fd00::5', addressTo: null, portFrom: null }), {
    addressFrom: 'fd00::5',
    addressTo: 'fd00::5',
    portFrom: 0,
    portTo: 0,
  });
});

test('what is missing or wrong is named', () => {
  assert.match(refusedNew({ type: 'snat', natTargets }), /^flowAction is required .*accept, continue, return/);
  assert.match(refusedNew({ type: 'rev_dnat' }), /^flowAction is required/);
  assert.match(refusedNew({ type: 'snat', flowAction: 'jump', natTargets }), /^flowAction must be one of accept/);
  for (const none of [undefined, null, []]) {
    assert.match(refusedNew({ type: 'dnat', flowAction: 'accept', natTargets: none }), /^natTargets is required/);
  }
  const to = (target: object) => refusedNew({ type: 'dnat', flowAction: 'accept', natTargets: [target] });
  assert.match(to({}), /^natTargets\.0\.addressFrom is required/);
  assert.match(to({ addressFrom: '10.0.0.1', addressTo: '10.0.0.256' }), /^natTargets\.0\.addressTo .*not an IPv4 or/);
  assert.match(to({ addressFrom: '10.0.0.1', portFrom: 65536 }), /^natTargets\.0\.portFrom /);
  assert.match(refusedNew({ type: 'rev_snat', flowAction: 'accept', natTargets }), /^natTargets .*only snat and dnat/);
  assert.match(refusedNew({ type: 'accept', natTargets }), /^natTargets .*only snat and dnat/);
});

test('a rule becomes a NAT rule in place, and another kind of one, and keeps what both have', () => {
  const made = rule({ type: 'accept', nwProto: 6 });
  assert.match(refused(change(made, { type: 'snat', flowAction: 'accept' })), /^natTargets is required/);
  const nat = must(change(made, { type: 'snat', flowAction: 'continue', natTargets }));
  const turned = show(must(change(nat, { type: 'dnat' })));
  assert.deepEqual([turned.flowAction, turned.natTargets, turned.nwProto], ['continue', natTargets, 6]);
  const reverse = show(must(change(nat, { type: 'rev_snat' })));
  assert.deepEqual([reverse.flowAction, reverse.natTargets], ['continue', null]);
  assert.deepEqual(must(change(nat, { type: 'accept' })), made);
  assert.match(refused(change(nat, { natTargets: [] })), /^natTargets is required/);
});

test('forward and return are asked for in turn, never together', () => {
  const back = rule({ type: 'accept', matchReturnFlow: true });
  assert.equal(back.condition.connection, 'return');
  assert.deepEqual([show(back).matchForwardFlow, show(back).matchReturnFlow], [false, true]);
  const both = refused(change(back, { matchForwardFlow: true }));
  assert.match(both, /^matchForwardFlow .*; matchReturnFlow .*/);
  const forth = must(change(back, { matchForwardFlow: true, matchReturnFlow: false }));
  assert.equal(forth.condition.connection, 'forward');
  assert.equal(must(change(forth, { matchForwardFlow: null })).condition.connection, undefined);
});
