import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ControllerProcess, LOOPBACK } from '../controllers/controller-process.ts';
import { Namespaces } from '../lab/namespaces.ts';
import { Daemon, run, until } from '../lab/shell.ts';

const limit = { timeout: 120_000 };
const folder = mkdtempSync(join(tmpdir(), 'midonet-crashes-'));
const place = (name: string) => fileURLToPath(new URL(`../../../packages/${name}/src/main.ts`, import.meta.url));
/** A mistake in the program, at a moment of the test's choice. */
const env = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent("process.on('SIGUSR2',()=>{throw new Error('a mistake')})")}`,
};
after(() => rmSync(folder, { recursive: true }));

type Found = { readonly check: string; readonly state: string; readonly found: string };

function doctor(asked = 'crashes'): Found[] {
  const states = ['--state', join(folder, 'agent'), '--controller-state', join(folder, 'controller')];
  const { stdout } = run([
    process.execPath,
    place('cli'),
    'doctor',
    '--url',
    'http://127.0.0.1:9',
    ...states,
    '--json',
  ]);
  return (JSON.parse(stdout) as Found[]).filter(({ check }) => check === asked);
}

test('a controller that crashed says so to the doctor, also after it was started again', limit, async () => {
  const stateDir = join(folder, 'controller');
  const controller = new ControllerProcess('a-token-for-tests', ['--state', stateDir], { ...LOOPBACK, env });
  try {
    await controller.start();
    assert.deepEqual(
      doctor().map(({ state }) => state),
      ['ok', 'ok'],
    );
    controller.signal('SIGUSR2');
    assert.notEqual(await controller.ended(), 0);
    await controller.start();
    const [, told] = doctor();
    assert.equal(told?.state, 'warning');
    assert.match(told.found, /^one crash of the controller, the last at 20.* after \d+ s: Error: a mistake$/);
    assert.equal(statSync(join(stateDir, 'crashes.jsonl')).mode & 0o777, 0o600);
    await controller.end('SIGTERM');
    assert.match(doctor()[1]?.found ?? '', /^one crash/, 'being told to stop is none');
  } finally {
    await controller.end('SIGKILL');
  }
});

test('so does an agent', { ...limit, skip: process.getuid?.() !== 0 && 'needs root' }, async () => {
  const namespaces = new Namespaces('mn-crashes');
  namespaces.add('host');
  const stateDir = join(folder, 'agent');
  const flags = ['--controller', 'http://127.0.0.1:9', '--token', 'a-token-for-tests', '--state', stateDir];
  const through = ['ip', 'netns', 'exec', namespaces.name('host'), process.execPath, place('agent')];
  const agent = new Daemon('agent', [...through, ...flags], env);
  try {
    await until('the agent runs', () => agent.output.includes('the agent runs'), { timeoutMs: 60_000 });
    assert.match(doctor('agent')[0]?.found ?? '', /^runs as process \d+ in /);
    process.kill(agent.pid, 'SIGUSR2');
    await until('its end', () => readable(join(stateDir, 'crashes.jsonl')), { timeoutMs: 60_000 });
    assert.match(doctor()[0]?.found ?? '', /^one crash of the agent, .*Error: a mistake$/);
  } finally {
    await agent.stop();
    run([...through, 'remove', ...flags]);
    namespaces[Symbol.dispose]();
  }
});

function readable(file: string): boolean {
  try {
    return readFileSync(file, 'utf8').endsWith('\n');
  } catch {
    return false;
  }
}
