import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openEmbeddedStore } from '@midonet/store/embedded';
import { ControllerProcess } from '../controllers/controller-process.ts';
import { seeded } from '../lab/seeded.ts';
import { violations } from './check.ts';
import { historyOf } from './history.ts';
import { TOKEN } from './lab.ts';
import { LogReader } from './load/log-reader.ts';
import { LoadProcess } from './load-process.ts';
import { faultCount, SEED } from './settings.ts';
import { summary } from './summary.ts';

const FAULTS = faultCount(3);

test(
  'one controller with its own store is killed and stopped under load, and no promise is broken',
  { timeout: 120_000 + FAULTS * 30_000 },
  async (t) => {
    t.diagnostic(`CRASH_SEED=${SEED} CRASH_FAULTS=${FAULTS}`);
    const random = seeded(SEED);
    const folder = mkdtempSync(join(tmpdir(), 'midonet-crash-'));
    const controller = new ControllerProcess(TOKEN, ['--state', folder, '--log-level', 'info']);
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
      for (let i = 0; i < FAULTS; i++) {
        await load.goesOn(Math.floor(50 + random() * 200), `before fault ${i}`);
        if (i > 0 && random() < 0.3) {
          controller.signal('SIGSTOP');
          await load.endures('the controller stands still');
          controller.signal('SIGCONT');
          continue;
        }
        await controller.end('SIGKILL');
        await load.endures('the controller is gone');
        await readLog();
        await controller.start();
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
      rmSync(folder, { recursive: true, force: true });
    }
    const history = historyOf(load.lines);
    t.diagnostic(summary(history));
    assert.deepEqual(violations(history).slice(0, 20), [], `CRASH_SEED=${SEED}`);
  },
);
