import { StatusServer } from '@midonet/agent';
import { startMetricsListener } from '@midonet/contract/metrics-listener';
import { MemoryFabric, openMemory } from '@midonet/datapath/memory';
import { startController } from '@midonet/server';
import { openMemoryStore } from '@midonet/store/memory';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { Offline } from '../agent/offline.ts';

const DEPLOY = join(import.meta.dirname, '../../../deploy');
const dashboard = readFileSync(join(DEPLOY, 'grafana/midonet.json'), 'utf8');
const rules = readFileSync(join(DEPLOY, 'prometheus/alerts.yml'), 'utf8');

/** What Prometheus would find: the names of the metrics, and those that a histogram has beside its own. */
function namesIn(exposition: string): string[] {
  return [...exposition.matchAll(/^# TYPE (midonet_\w+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_count`] : [name],
  );
}

async function controllerMetrics(): Promise<string> {
  const store = openMemoryStore();
  const token = 'a-token-for-tests';
  const listen = { host: '127.0.0.1', port: 0 };
  const controller = await startController({ listen, metrics: listen, auth: { kind: 'token', token }, store });
  try {
    const url = new URL('/metrics', controller.url);
    const text = await (await fetch(url, { headers: { 'x-auth-token': token } })).text();
    const scraped = await fetch(controller.metricsUrl ?? '');
    assert.match(scraped.headers.get('content-type') ?? '', /version=0\.0\.4/);
    assert.deepEqual(namesIn(await scraped.text()), namesIn(text), 'the same without a token, where monitoring asks');
    assert.equal((await fetch(new URL('/readyz', controller.metricsUrl))).status, 200);
    return text;
  } finally {
    await controller.close();
    await store.close();
  }
}

async function agentMetrics(): Promise<string> {
  const offline = new Offline();
  const host = new MemoryFabric({ schedule: 'manual' }).host('host');
  const clock = (): number => offline.clock.now();
  const agent = await offline.start((events) => openMemory({ clock, host }, events), []);
  const server = new StatusServer(agent);
  const listener = await startMetricsListener({ host: '127.0.0.1', port: 0 }, server.monitored);
  try {
    await server.listen();
    assert.match(await (await fetch(listener.url)).text(), /^midonet_agent_flows 0$/m);
    assert.equal((await fetch(new URL('/readyz', listener.url))).status, 503, 'no controller answers');
    assert.equal((await fetch(new URL('/healthz', listener.url))).status, 200);
    return await new Promise((resolve, reject) => {
      const call = request({ socketPath: agent.state.file('agent.sock'), path: '/metrics' }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk)));
        response.on('end', () => resolve(text));
      });
      call.on('error', reject);
      call.end();
    });
  } finally {
    listener.close();
    server.close();
    await offline.close();
  }
}

test('dashboard and alert rules name metrics that exist, and every metric is in one of them', async () => {
  const there = new Set([...namesIn(await controllerMetrics()), ...namesIn(await agentMetrics())]);
  assert.ok(there.size > 25, [...there].join(' '));
  const used = new Set([...`${dashboard} ${rules}`.matchAll(/\bmidonet_\w+/g)].map(([name]) => name));
  assert.deepEqual(
    [...used].filter((name) => !there.has(name)),
    [],
    'named, and not there',
  );
  assert.deepEqual(
    [...there].filter((name) => !used.has(name)),
    [],
    'there, and shown nowhere',
  );
});

test('what is called a total is a counter, and all else is none', async () => {
  for (const exposition of [await controllerMetrics(), await agentMetrics()]) {
    const typed = [...exposition.matchAll(/^# TYPE (midonet_\w+) (\w+)$/gm)];
    assert.ok(typed.length > 10);
    for (const [, name = '', type] of typed)
      assert.equal(name.endsWith('_total'), type === 'counter', `${name} ${type}`);
  }
});

test('each rule has a name, an expression that closes what it opens, and says what to do', () => {
  const all = [
    ...rules.matchAll(
      /- alert: (\w+)\n +expr: (.+)\n +for: \d+m\n +labels: .+\n +annotations:\n +summary: ('|")(.+)\3\n/g,
    ),
  ];
  assert.equal(all.length, rules.split('- alert:').length - 1);
  assert.ok(all.length >= 8);
  for (const [, alert = '', expression = '', , summary = ''] of all) {
    assert.match(alert, /^Midonet[A-Z]\w+$/);
    assert.match(expression, /midonet_|job=~"midonet-/);
    assert.ok(summary.length > 20);
    assert.equal(expression.split('(').length, expression.split(')').length, alert);
  }
});

test('the jobs that Prometheus is told of are those that the rules ask about', () => {
  const jobs = [
    ...readFileSync(join(DEPLOY, 'prometheus/prometheus.yml'), 'utf8').matchAll(/^ {2}- job_name: (\S+)$/gm),
  ];
  assert.deepEqual(
    jobs.map(([, name]) => name),
    ['midonet-controller', 'midonet-agent'],
  );
  const asked = new RegExp(`^${/up\{job=~"(.+?)"\}/.exec(rules)?.[1] ?? ''}$`);
  for (const [, name = ''] of jobs) assert.match(name, asked);
});

test('each panel of the dashboard has its own number, place and data source', () => {
  type Panel = {
    id: number;
    type: string;
    gridPos: object;
    datasource?: { uid: string };
    targets?: { expr: string }[];
  };
  const { panels } = JSON.parse(dashboard) as { readonly panels: readonly Panel[] };
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  assert.equal(new Set(panels.map(({ gridPos }) => JSON.stringify(gridPos))).size, panels.length);
  const shown = panels.filter(({ type }) => type !== 'row');
  assert.ok(shown.length > 15);
  for (const { id, datasource, targets = [] } of shown) {
    assert.equal(datasource?.uid, '${datasource}', String(id));
    assert.ok(targets.length > 0 && targets.every(({ expr }) => expr.includes('midonet_')), String(id));
  }
});
