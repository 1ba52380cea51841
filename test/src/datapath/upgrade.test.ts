import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { kernelTestsImpossible, portFlow, Recorder, until, withLab } from '@midonet/datapath/testing/ebpf';
import { allAnswered } from '../lab/pings.ts';

const skip = kernelTestsImpossible() ?? false;
const BUILT = join(import.meta.dirname, '../../../packages/datapath/dist/bpf');

for (const attach of ['auto', 'clsact'] as const) {
  test(`new programs take over the maps of the old ones while packets flow (attach: ${attach})`, { skip }, async () => {
    await withLab('u', async (lab) => {
      const host = lab.namespace('h');
      const vm = lab.vm(host, { name: 'v1', device: 'v1', address: '10.0.0.1/24', mac: '02:00:00:00:00:01' });
      lab.vm(host, { name: 'v2', device: 'v2', address: '10.0.0.2/24', mac: '02:00:00:00:00:02' });
      const old = await lab.open(host, new Recorder(), { attach });
      const a = old.addPort({ kind: 'interface', name: 'v1' }).port;
      const b = old.addPort({ kind: 'interface', name: 'v2' }).port;
      // Two outputs: their list lives in a map of its own.
      const twice = { kind: 'clone', actions: [{ kind: 'userspace', reason: 5 }] } as const;
      old.put([
        portFlow(a, [{ kind: 'output', port: b }], { cookie: 1 }),
        portFlow(b, [twice, { kind: 'output', port: a }], { cookie: 2, hardMs: 600_000 }),
      ]);

      const ping = lab.start(vm, ['ping', '-n', '-i', '0.01', '10.0.0.2']);
      let report = '';
      ping.stdout?.on('data', (chunk: Buffer) => (report += chunk.toString()));
      await until('ping runs', () => report.includes('icmp_seq=20'));
      const before = old.dump();
      await old.close('keep');

      // As if the old ones had been built before these were thought of.
      for (const pin of ['maps/near_peers', 'maps/routes_of', 'programs/inject_ingress', 'links/inject-in']) {
        rmSync(join(lab.directory, host, 'bpf', pin), { force: attach === 'clsact' });
      }
      if (attach === 'clsact') lab.in(host, 'tc filter del dev midonet-in0 ingress');

      const artefacts = join(lab.directory, 'newer');
      cpSync(BUILT, artefacts, { recursive: true });
      const description = join(artefacts, 'datapath.json');
      const changed = readFileSync(description, 'utf8').replace(
        /("programHash": ")(.)/,
        (_, before: string, digit: string) => before + (digit === '0' ? '1' : '0'),
      );
      assert.notEqual(changed, readFileSync(description, 'utf8'));
      writeFileSync(description, changed);
      const events = new Recorder();
      const next = await lab.open(host, events, { attach, artefacts });
      assert.deepEqual(
        next.dump().map(({ id, cookie, actions, hardMs }) => ({ id, cookie, actions, hardMs })),
        before.map(({ id, cookie, actions, hardMs }) => ({ id, cookie, actions, hardMs })),
      );
      const adopted = next.dump()[0]?.packets ?? 0;
      assert.ok(adopted >= (before[0]?.packets ?? 0), 'counters go on');
      await until('the new programs count packets', () => (next.dump()[0]?.packets ?? 0) > adopted);
      await until('the new programs send up', () => events.upcalls.some(({ reason }) => reason === 'action'));
      await allAnswered(200, () => report);
      assert.equal(next.counters().misses, 0);
    });
  });
}
