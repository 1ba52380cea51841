import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ApiError, createClient } from '@midonet/contract';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

type Running = { readonly process: ChildProcess; readonly url: string };

/** What a test starts ends with it, also when it fails: nobody else would end it. */
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

async function start(state: string): Promise<Running> {
  const child = spawn(process.execPath, [MAIN, '--listen', '127.0.0.1:0', '--state', state], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  // Read to the end: a controller whose output nobody takes any more cannot say that it stops.
  const url = await new Promise<string | undefined>((resolve) => {
    let text = '';
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString();
      const found = /"url":"([^"]+)"/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on('close', () => resolve(undefined));
  });
  if (url === undefined) throw new Error('the controller ended before it answered');
  return { process: child, url };
}

function withState(run: (dir: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const dir = mkdtempSync(join(tmpdir(), 'midonet-controller-'));
    try {
      await run(dir);
    } finally {
      rmSync(dir, { recursive: true });
    }
  };
}

test(
  'a controller killed while it writes loses nothing it has acknowledged',
  { timeout: 120_000 },
  withState(async (dir) => {
    const first = await start(dir);
    const token = readFileSync(join(dir, 'token'), 'utf8').trim();
    assert.equal(statSync(join(dir, 'token')).mode & 0o777, 0o600);
    const client = createClient({ baseUrl: first.url, token });
    const acknowledged: string[] = [];
    let killed = false;
    const writer = async (): Promise<void> => {
      while (!killed) {
        try {
          acknowledged.push((await client.bridges.create({ body: {} })).id);
        } catch (error) {
          assert.ok(error instanceof ApiError && error.failure.kind === 'unreachable', String(error));
          return;
        }
        if (acknowledged.length === 200) {
          first.process.kill('SIGKILL');
          killed = true;
        }
      }
    };
    const gone = once(first.process, 'exit');
    await Promise.all([writer(), writer(), writer(), writer()]);
    await gone;
    const second = await start(dir);
    const bridges = await createClient({ baseUrl: second.url, token }).bridges.list();
    const kept = new Set(bridges.map(({ id }) => id));
    assert.deepEqual(
      acknowledged.filter((id) => !kept.has(id)),
      [],
    );
    const ended = once(second.process, 'exit');
    second.process.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  }),
);

test(
  'a store file cut short is refused with the name of the file',
  { timeout: 120_000 },
  withState(async (dir) => {
    const first = await start(dir);
    const ended = once(first.process, 'exit');
    first.process.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    const file = join(dir, 'topology.db');
    assert.ok(statSync(file).size > 8192, 'it was closed in order: what was written is in this file');
    truncateSync(file, Math.floor(statSync(file).size / 2));
    writeFileSync(join(dir, 'topology.db-wal'), '');
    const child = spawn(process.execPath, [MAIN, '--listen', '127.0.0.1:0', '--state', dir], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let message = '';
    child.stderr.on('data', (data: Buffer) => (message += data.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(code, 1);
    assert.match(message, /topology\.db/);
    assert.doesNotMatch(message, /\n {4}at /, 'a sentence, not a stack');
  }),
);
