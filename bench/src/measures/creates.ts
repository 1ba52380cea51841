import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import type { Series } from '../measure.ts';
import { MidonetApi } from '../midonet-api.ts';
import { midonetCommand, newToken } from '../midonet-program.ts';
import { Running, until } from '../shell.ts';

const IN_FLIGHT = 8;

/**
 * Bridge ports made a second over REST, 8 requests under way, each one durable in the store before
 * it is answered. A controller of its own on the loopback address, with a token.
 */
export async function measureCreates(rounds: number, perRound: number): Promise<Series> {
  const state = mkdtempSync(join(tmpdir(), 'midonet-bench-creates-'));
  const token = newToken();
  const port = await freePort();
  const words = ['controller', '--listen', `127.0.0.1:${port}`, '--state', state, '--log-level', 'warn'];
  const controller = new Running(midonetCommand(...words), { MIDONET_TOKEN: token });
  try {
    const api = new MidonetApi((url, init) => fetch(url, init), `http://127.0.0.1:${port}`, token);
    await until('the controller to answer', () => {
      if (controller.ended) throw new Error(`the controller ended: ${controller.output}`);
      return api.answers();
    });
    const values: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const bridge = await api.create('/bridges', { name: `bench${round}` });
      const started = performance.now();
      let left = perRound;
      const lane = async (): Promise<void> => {
        while (left-- > 0) await api.create(`/bridges/${bridge}/ports`, { type: 'Bridge' });
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
      values.push((perRound * 1000) / (performance.now() - started));
    }
    return { name: 'creates_per_s', unit: 'objects/s', rounds: new Map([['midonet', values]]) };
  } finally {
    await controller.stop();
    rmSync(state, { recursive: true, force: true });
  }
}
