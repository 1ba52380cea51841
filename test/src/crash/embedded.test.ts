import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openEmbeddedStore } from '@midonet/store/embedded';
import { ControllerProcess, LOOPBACK } from '../controllers/controller-process.ts';
import { seeded, shuffled } from '../lab/seeded.ts';
import { violations } from './check.ts';
import { historyOf } from './history.ts';
import { TOKEN } from './lab.ts';
import { LogReader } from './load/log-reader.ts';
import { LoadProcess } from './load-process.ts';
import { faultCount, SEED } from './settings.ts';
import { SkewedClock, someSkew } from './skewed-clock.ts';
import { SmallDisk } from './small-disk.ts';
import { summary } from './summary.ts';

const FAULTS = faultCount(4);

const EMBEDDED_FAULTS = ['is killed', 'stands still', 'has a full disk', 'has a clock that jumps'] as const;
type EmbeddedFault = (typeof EMBEDDED_FAULTS)[number];

test(
  'one controller with its own store, killed and stopped, its disk full, its clock off: no promise is broken',
  { timeout: 120_000 + FAULTS * 30_000, skip: process.getuid?.() === 0 ? false : 'only root mounts a small disk' },
  async (t) => {
    t.diagnostic(`CRASH_SEED=${SEED} CRASH_FAULTS=${FAULTS}`);
    const random = seeded(SEED);
    const folder = mkdtempSync(join(tmpdir(), 'midonet-crash-'));
    const disk = SmallDisk.mount(folder);
    const clock = new SkewedClock(join(folder, 'clock'));
    const site = { ...LOOPBACK, env: clock.env };
    const controller = new ControllerProcess(TOKEN, ['--state', folder, '--log-level', 'info'], site);
    const reader = new LogReader();
    let load: LoadProcess | undefined;
    try {
      await controller.start();
      const controllers = [controller.url];
      const config = { seed: SEED, token: TOKEN, controllers, clients: 8, watchers: 3, hosts: 4 };
      load = new LoadProcess(config, []);
      const readLog = async (): Promise<void> => {
        const store = await openEmbeddedStore({ file: join(folder, 'topology.db') });
        for await (const line of reader.read(store)) load?.lines.push(line);
        await store.close();
      };
      await load.ready();
      let faults: EmbeddedFault[] = [];
      for (let i = 0; i < FAULTS; i++) {
        if (faults.length === 0) faults = shuffled(random, EMBEDDED_FAULTS);
        const fault = faults.pop()!;
        await load.goesOn(Math.floor(50 + random() * 200), `before fault ${i}, ${fault}`);
        switch (fault) {
          case 'stands still':
            controller.signal('SIGSTOP');
            await load.endures('the controller stands still');
            controller.signal('SIGCONT');
            break;
          case 'is killed':
            await controller.end('SIGKILL');
            await load.endures('the controller is gone');
            await readLog();
            await controller.start();
            break;
          case 'has a clock that jumps':
            clock.set(someSkew(random), controller);
            await load.endures('the clock has jumped');
            break;
          case 'has a full disk':
            await load.fails(/store is full/, 'the disk is full', () => disk.fill());
            if (random() < 0.5) {
              disk.free();
              break;
            }
            await controller.end('SIGKILL');
            disk.free();
            await readLog();
            await controller.start();
            break;
        }
      }
      await load.goesOn(100, 'in the end');
      await load.finish();
      await controller.end('SIGKILL');
      await readLog();
      const fresh = await openEmbeddedStore({ file: join(folder, 'topology.db') });
      load.lines.push(await reader.end(fresh));
      await fresh.close();
    } finally {
      await load?.kill();
      await controller.end('SIGKILL');
      disk[Symbol.dispose]();
      rmSync(folder, { recursive: true, force: true });
    }
    const history = historyOf(load.lines);
    t.diagnostic(summary(history));
    assert.deepEqual(violations(history).slice(0, 20), [], `CRASH_SEED=${SEED}`);
  },
);
