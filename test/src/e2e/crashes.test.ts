import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Cloud, ON_ETCD } from '../lab/cloud.ts';
import { Daemon, run, until } from '../lab/shell.ts';

/** Every sixth change waits until one of three controllers is killed and another runs again. */
const EACH_ROUND = ON_ETCD ? 20 : 100;

/** Of tests of the file that one controller alone keeps the cloud in. */
const FILE = { skip: ON_ETCD && 'the store is etcd, not a file' };

/** Programs killed hard, files cut short, wrong words given: what was acknowledged stays, and errors are clear. */
describe('crashes and wrong starts', () => {
  let cloud: Cloud;

  before(async () => {
    cloud = new Cloud('mncrash', 1);
    await cloud.start();
  });

  after(async () => {
    await cloud[Symbol.asyncDispose]();
  });

  it('keeps every acknowledged object over controllers killed while they write', async (t) => {
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round++) {
      const goal = acknowledged.length + EACH_ROUND;
      let killed = false;
      const writer = async (): Promise<void> => {
        for (;;) {
          try {
            acknowledged.push(await cloud.create('/bridges', { name: `b${acknowledged.length}`, tenantId: 'acme' }));
          } catch (error) {
            if (killed) return; // the controllers are gone
            // Of several one may have been on its way out while it was asked.
            if (!ON_ETCD) throw error;
          }
        }
      };
      const writers = Promise.all(Array.from({ length: 8 }, writer));
      await until('objects to be acknowledged', () => acknowledged.length >= goal, { everyMs: 1, timeoutMs: 180_000 });
      killed = true;
      await cloud.controller().stop('SIGKILL');
      await writers;
      await cloud.startController();
      for (const id of acknowledged) assert.equal((await cloud.request('GET', `/bridges/${id}`)).status, 200, id);
    }
    t.diagnostic(`${acknowledged.length} acknowledged objects are there after three kills`);
  });

  for (const [how, cut] of [
    ['to half', (size: number) => Math.floor(size / 2)],
    ['by its last page', (size: number) => size - 4096],
    ['into its header', () => 50],
    ['to nothing but one byte', () => 1],
  ] as const) {
    it(`does not start on a store file cut short ${how}, and says so`, FILE, async () => {
      const dir = join(cloud.state, `cut-${cut(1 << 20)}`);
      mkdirSync(dir);
      await cloud.controller().stop();
      const file = join(dir, 'topology.db');
      copyFileSync(join(cloud.state, 'controller', 'topology.db'), file);
      truncateSync(file, cut(statSync(file).size));
      const ran = run(cloud.midonet('ctl', 'controller', '--listen', '10.255.0.254:8181', '--state', dir));
      assert.equal(ran.code, 1);
      const said = ran.stderr.trim().split('\n');
      assert.equal(said.length, 1, ran.stderr);
      assert.match(said[0] ?? '', /^midonet controller: /);
      assert.ok(said[0]?.includes(file), said[0]);
      await cloud.startController();
    });
  }

  it('refuses a second controller on the same store', FILE, () => {
    const dir = join(cloud.state, 'controller');
    const ran = run(cloud.midonet('ctl', 'controller', '--listen', '10.255.0.254:8282', '--state', dir));
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /^midonet controller: store file \S+topology\.db is in use by another process/);
  });

  it('refuses a second agent on the same state folder, and leaves the first alone', async () => {
    const ran = run(cloud.agentCommand('hv1'), { timeoutMs: 20_000 });
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /^midonet agent: inUse: an agent \(process \d+\) already uses \S+hv1: stop it, or give/);
    assert.ok(cloud.agent('hv1').running);
    await until('the first agent to be connected', () => cloud.agentStatus('hv1').controller.state === 'connected');
  });

  it('tells a client with a wrong token so', () => {
    const ran = run([...cloud.midonet('ctl', 'list', 'bridges', '--url', cloud.controllerUrl), '--token', 'wrong']);
    assert.equal(ran.code, 5);
    assert.equal(ran.stdout, '');
    assert.match(ran.stderr, /^midonet: .*token/);
    assert.equal(ran.stderr.trim().split('\n').length, 1);
  });

  it('has an agent with a wrong token say so, and forward on what it knows', async () => {
    await cloud.agent('hv1').stop();
    const agent = new Daemon('agent with a wrong token', cloud.agentCommand('hv1'), { MIDONET_TOKEN: 'wrong' });
    try {
      await until('the agent to say why', () => agent.output.includes('refused the token (401): check --token'), {
        detail: () => agent.output,
      });
      assert.ok(agent.running);
      assert.match(cloud.agentStatus('hv1').controller.lastError ?? '', /refused the token/);
    } finally {
      await agent.stop();
    }
  });
});
