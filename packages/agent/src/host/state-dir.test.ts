import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { PortId } from '@midonet/topology';
import { hostIdentity } from './host-identity.ts';
import { StateDir } from './state-dir.ts';
import { TunnelKeys } from './tunnel-keys.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'midonet-state-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('a folder in use is refused, with the process that has it and what to do', (t) => {
  const path = folder(t);
  const first = new StateDir(path);
  assert.throws(() => new StateDir(path), new RegExp(`process ${process.pid}.*another folder`));
  first.release();
  new StateDir(path).release();
});

test('a lock left behind by a process that was killed is taken over', (t) => {
  const path = folder(t);
  // A living process number with another start time: the number was used again.
  writeFileSync(join(path, 'agent.pid'), `${process.pid} 1\n`);
  new StateDir(path).release();
});

test('files are for their owner only and replaced as a whole', (t) => {
  const state = new StateDir(folder(t));
  assert.equal(state.read('x'), undefined);
  state.write('x', 'one');
  state.write('x', 'two');
  assert.equal(state.read('x'), 'two');
  assert.equal(statSync(state.file('x')).mode & 0o777, 0o600);
  assert.equal(statSync(state.path).mode & 0o777, 0o700);
});

test('the identity is made once; damage is told, not papered over', (t) => {
  const state = new StateDir(folder(t));
  const { id } = hostIdentity(state, 'a');
  assert.deepEqual(hostIdentity(state, 'b'), { id, name: 'b' });
  state.write('host-id', 'nonsense');
  assert.throws(() => hostIdentity(state, 'a'), /holds no UUID/);
});

test('tunnel keys stay with their ports over a restart and are never shared', (t) => {
  const state = new StateDir(folder(t));
  const keys = new TunnelKeys(state);
  const [one, two] = [keys.of('p1' as PortId), keys.of('p2' as PortId)];
  assert.notEqual(one, two);
  const again = new TunnelKeys(state);
  assert.equal(again.of('p2' as PortId), two);
  assert.equal(again.of('p1' as PortId), one);
  assert.ok(![one, two].includes(again.of('p3' as PortId)));
});
