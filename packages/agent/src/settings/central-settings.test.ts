import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONF_SETTINGS, readConfValue, type ConfKey } from '@midonet/contract';
import { parseId, type ConfTree, type HostId, type TopologyItem } from '@midonet/topology';
import { CentralSettings } from './central-settings.ts';
import { followOnHost } from './follow-on-host.ts';
import { followSettings } from './follow-settings.ts';
import { rememberedFlows } from './remembered-flows.ts';

const HOST = parseId<HostId>('00000000-0000-4000-8000-000000000001') as HostId;
const node = (values: ConfTree): TopologyItem => ({
  key: `confNode/${HOST}`,
  value: { kind: 'confNode', hostId: HOST, values },
});
const template = (name: string, values: ConfTree): TopologyItem => ({
  key: `confTemplate/${name}`,
  value: { kind: 'confTemplate', name, values },
});
const mapping = (name: string): TopologyItem => ({
  key: `confMapping/${HOST}`,
  value: { kind: 'confMapping', hostId: HOST, template: name },
});
const level = (root: string): ConfTree => ({ agent: { loggers: { root } } });
const LEVEL = 'agent.loggers.root';

function setUp(...own: ConfKey[]) {
  const said: string[] = [];
  const log = (_fields: object, message: string): void => void said.push(message);
  const logger = { debug: log, info: log, warn: log, error: log };
  return { central: new CentralSettings(HOST, new Set(own), logger), said, logger };
}

test("a host's own settings go before its template's, these before the default's, and leave in that order", () => {
  const { central } = setUp();
  const seen: unknown[] = [];
  central.follow([LEVEL], () => seen.push(central.get(LEVEL)));
  assert.deepEqual(seen, [], 'as it is by itself');
  central.observe([template('default', level('warn'))]);
  central.observe([mapping('edge')]);
  central.observe([template('edge', level('ERROR'))]);
  central.observe([node(level('DEBUG'))]);
  central.observe([node(level('DEBUG'))]);
  central.observe([{ key: `confNode/${HOST}`, value: undefined }]);
  central.observe([{ key: `confMapping/${HOST}`, value: undefined }]);
  central.observe([{ key: 'confTemplate/default', value: undefined }]);
  assert.deepEqual(seen, ['WARN', 'ERROR', 'DEBUG', 'ERROR', 'WARN', 'INFO']);
});

test('what the host says itself stays, and what it does not understand is told once and left alone', () => {
  const { central, said } = setUp('agent.metrics.listen');
  const seen: unknown[] = [];
  central.follow(['agent.metrics.listen'], () => seen.push('metrics'));
  central.follow(['agent.dns.resolvers'], () => seen.push(central.get('agent.dns.resolvers')));
  central.observe([node({ agent: { metrics: { listen: '192.0.2.1:1' }, dns: { resolvers: ['192.0.2.53'] } } })]);
  assert.deepEqual(seen, [['192.0.2.53']]);
  central.observe([node({ agent: { dns: { resolvers: 'x' } } })]);
  central.observe([node({ agent: { dns: { resolvers: 'x' }, other: 1 } })]);
  assert.deepEqual(seen, [['192.0.2.53'], []]);
  assert.equal(said.filter((line) => line.includes('cannot follow')).length, 1);
});

test('ages, the log of rules and learned addresses follow', () => {
  const { central } = setUp();
  const bounds: object[] = [];
  const governed = {
    learner: { unusedMacMs: 30_000 },
    resolver: { ages: { staleMs: 60_000, expiredMs: 90_000 } },
    ruleLog: { bound: (to: object) => void bounds.push(to) },
  };
  followSettings(central, governed);
  central.observe([
    template('default', {
      agent: {
        bridge: { mac_port_mapping_expire: '2m' },
        arptable: { arp_stale: '10 s' },
        rule_logging: { max_file_size: '1MiB' },
      },
    }),
  ]);
  assert.equal(governed.learner.unusedMacMs, 120_000);
  assert.deepEqual(governed.resolver.ages, { staleMs: 10_000, expiredMs: 90_000 });
  assert.deepEqual(bounds, [{ kept: 5, maxBytes: 1 << 20 }]);
});

test('metadata needs the switch, the address and the secret of the host', () => {
  const { central, said, logger } = setUp();
  const given: string[] = [];
  followOnHost(central, {
    setInstanceServices: ({ metadata, resolvers }) =>
      given.push(
        `${metadata?.url.href ?? 'none'} ${resolvers.map(({ address, port }) => `${address}:${port}`).join()}`,
      ),
    setMetrics: (address) => given.push(`metrics ${address?.port ?? 'nowhere'}`),
    setLogLevel: (to) => given.push(to),
    instance: { metadata: undefined, resolvers: [], secret: 'both know' },
    logger,
  });
  const dns = { resolvers: ['192.0.2.53:5353'] };
  const metadata = (enabled: boolean): ConfTree => ({
    agent: { dns, openstack: { metadata: { enabled, nova_metadata_url: 'http://192.0.2.1:8775' } } },
  });
  central.observe([node(metadata(false))]);
  central.observe([node(metadata(true))]);
  central.observe([node({ agent: { dns, metrics: { listen: '127.0.0.1:8182' }, loggers: { root: 'WARN' } } })]);
  assert.deepEqual(given, [
    'none 192.0.2.53:5353',
    'http://192.0.2.1:8775/ 192.0.2.53:5353',
    'warn',
    'metrics 8182',
    'none 192.0.2.53:5353',
  ]);
  assert.ok(!said.some((line) => line.includes('needs --metadata-secret-file')));
});

test('the size of the next flow table is what was last said', () => {
  const topic = { kind: 'conf', id: HOST } as const;
  const flows = (max: number): ConfTree => ({ agent: { datapath: { max_flow_count: max } } });
  const items = [template('default', flows(128)), template('edge', flows(256))];
  const remembered = { lease: undefined, owned: [], topics: [{ topic, revision: 1, items }] };
  assert.equal(rememberedFlows(remembered), 256);
  assert.equal(rememberedFlows({ ...remembered, topics: [{ topic, revision: 1, items: [items[0] as never] }] }), 128);
  assert.equal(rememberedFlows(undefined), undefined);
});

test('every setting takes what it is by itself', () => {
  for (const { key, type, initial } of CONF_SETTINGS) {
    assert.equal(readConfValue(type, initial).kind, 'value', key);
  }
});
