import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../lab/seeded.ts';
import { violations } from './check.ts';
import { faultsOf, type Fault } from './faults.ts';
import { historyOf } from './history.ts';
import { Lab, TOKEN } from './lab.ts';
import { LoadProcess } from './load-process.ts';
import { faultCount, SEED } from './settings.ts';
import { summary } from './summary.ts';

const FAULTS = faultCount(4);

test(
  'three controllers over three members of etcd: killed, stopped, cut apart, and no promise is broken',
  { timeout: 240_000 + FAULTS * 60_000 },
  async (t) => {
    t.diagnostic(`CRASH_SEED=${SEED} CRASH_FAULTS=${FAULTS}`);
    const random = seeded(SEED);
    const lab = await Lab.start();
    const load = new LoadProcess(
      {
        seed: SEED,
        token: TOKEN,
        controllers: lab.controllers.map(({ url }) => url),
        etcd: lab.etcd.urls,
        clients: 9,
        watchers: 4,
        hosts: 5,
      },
      lab.through,
    );
    try {
      await load.ready();
      await load.goesOn(100, 'at the start');
      let faults: Fault[] = [];
      for (let i = 0; i < FAULTS; i++) {
        if (faults.length === 0) faults = faultsOf(lab, random);
        const fault = faults.pop()!;
        const began = performance.now();
        const repair = await fault.begin();
        await load.endures(fault.name);
        await repair();
        await load.goesOn(100, `after ${fault.name}`);
        await load.readLog();
        t.diagnostic(`${fault.name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
      }
      await load.finish();
    } finally {
      await load.kill();
      await lab.close();
    }
    const history = historyOf(load.lines);
    t.diagnostic(summary(history));
    assert.deepEqual(violations(history).slice(0, 20), [], `CRASH_SEED=${SEED}`);
  },
);
