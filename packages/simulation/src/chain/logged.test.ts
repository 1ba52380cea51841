import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoggedDecision } from '@midonet/flow';
import { runStep, TENANT, tenantNetwork, udpFrame, type RuleText } from '@midonet/simulation/testing';
import type { ChainId, ChainLog, PortId, RuleLoggerId } from '@midonet/topology';

const frame = udpFrame(TENANT.web1, TENANT.web2.mac, TENANT.web2.ip, { ports: [1000, 53] });

/** What is logged of the packet when a chain with this log jumps to one with these rules. */
function logged(outer: ChainLog | undefined, inner: ChainLog | undefined, ...rules: RuleText[]): string[] {
  const net = tenantNetwork();
  const target = net.chain('inner', ...rules);
  const id = net.chain('outer', { do: 'jump', to: target }, { do: 'drop', tpDst: 9 });
  const log = (chain: ChainId, which: ChainLog | undefined): void => {
    net.setLog(chain, which);
  };
  log(target, inner);
  log(id, outer);
  net.filter(net.idOf('web1') as PortId, { inboundFilterId: id });
  const text = ({ chainId, ruleId, decision }: LoggedDecision): string =>
    `${net.nameOf(chainId)} ${decision} by ${net.nameOf(ruleId)}`;
  const fast = runStep(net, { port: 'web1', frame });
  assert.deepEqual(runStep(net, { port: 'web1', frame }, true).logged, fast.logged);
  return fast.logged.map(text);
}

test('a chain logs what its rules decide, and those it jumps to', () => {
  const drop: RuleText = { do: 'drop', tpDst: 53 };
  assert.deepEqual(logged(undefined, undefined, drop), []);
  assert.deepEqual(logged(undefined, 'all', drop), ['inner drop by inner:1']);
  assert.deepEqual(logged('all', 'drop', drop), ['inner drop by inner:1', 'outer drop by inner:1']);
  assert.deepEqual(logged('accept', undefined, drop), []);
  assert.deepEqual(logged('drop', undefined, { do: 'reject' }), ['outer reject by inner:1']);
});

test('accepted by a rule is logged, accepted by the end of the chain is nobody’s decision', () => {
  assert.deepEqual(logged('accept', 'drop', { do: 'drop', tpDst: 1 }, { do: 'accept' }), ['outer accept by inner:2']);
  assert.deepEqual(logged('all', 'all', { do: 'return' }), []);
});

test('loggers ask beside a chain, each for its own part', () => {
  const net = tenantNetwork();
  const id = net.chain('chain', { do: 'drop' });
  net.filter(net.idOf('web1') as PortId, { inboundFilterId: id });
  const loggers = (['drop', 'accept', 'all'] as const).map((event) => ({ id: event as string as RuleLoggerId, event }));
  const logs = (log: ChainLog | undefined, of: typeof loggers | undefined): unknown[] => {
    net.setLog(id, log, of);
    return runStep(net, { port: 'web1', frame }).logged.map((one) => one.loggers ?? 'the chain');
  };
  assert.deepEqual(logs(undefined, loggers), [['drop', 'all']]);
  assert.deepEqual(logs('drop', loggers), [['drop', 'all']], 'once, with who else asked');
  assert.deepEqual(logs('drop', loggers.slice(1, 2)), ['the chain']);
  assert.deepEqual(logs(undefined, loggers.slice(1, 2)), []);
});
