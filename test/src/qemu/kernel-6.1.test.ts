import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../lab/shell.ts';

/** Debian 12's kernel has no TCX: the same programs must come in by clsact. */
test("two hosts ping on Debian 12's 6.1 kernel", { timeout: 1_230_000 }, () => {
  const here = import.meta.dirname;
  const ran = run(['bash', join(here, 'boot.sh'), join(here, 'guest.sh'), '1200'], { timeoutMs: 1_210_000 });
  assert.equal(ran.code, 0, `the guest reports a failure:\n${ran.stdout.slice(-8000)}${ran.stderr.slice(-2000)}`);
  // The firmware's screen codes stand before it on the line.
  assert.match(ran.stdout, /kernel 6\.1\./);
  assert.match(ran.stdout, /^ok {3}ping across the router: .*$/m);
});
