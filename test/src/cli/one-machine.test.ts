import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Namespaces } from '../lab/namespaces.ts';
import { Daemon, must, run, until, type Ran } from '../lab/shell.ts';

const CLI = fileURLToPath(new URL('../../../packages/cli/src/main.ts', import.meta.url));
const skip = process.getuid?.() !== 0 && 'needs root';

/** What somebody does who starts `midonet up` on one machine and follows what it says. */
describe('one machine', { skip }, () => {
  const net = new Namespaces('mnone');
  const folder = mkdtempSync(join(tmpdir(), 'midonet-one-'));
  const names = { web: net.name('web'), app: net.name('app') };
  const home = { HOME: folder, XDG_STATE_HOME: folder, MIDONET_URL: '', MIDONET_TOKEN: '', MIDONET_HOST: '' };
  const state = join(folder, 'state');
  let up: Daemon;

  /** Only the network is the test's own: what is mounted is seen by the machine, as in a terminal of it. */
  const midonet = (...words: readonly string[]): readonly string[] => [
    ...['nsenter', `--net=/run/netns/${net.name('host')}`, '--', 'env'],
    ...Object.entries(home).map(([name, value]) => (value === '' ? `--unset=${name}` : `${name}=${value}`)),
    ...[process.execPath, CLI, ...words],
  ];
  const ping = (from: string, to: string): Ran =>
    run(['ip', 'netns', 'exec', from, 'ping', '-n', '-c', '2', '-i', '0.2', '-W', '5', to]);

  before(async () => {
    net.add('host');
    up = new Daemon('midonet up', midonet('up', '--state', state));
    await until('the agent to be connected', () => up.output.includes('connected to a controller'), {
      timeoutMs: 120_000,
      detail: () => up.output,
    });
  });

  after(async () => {
    await up.stop('SIGINT');
    for (const name of Object.values(names)) run(['ip', 'netns', 'del', name]);
    run(midonet('agent', 'remove', '--state', join(state, 'agent')));
    net[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it('the commands that it names work as they stand', () => {
    const said = [...up.output.matchAll(/^ {2}midonet (.*)$/gm)].map(([, words = '']) => words);
    assert.ok(said.length >= 4, up.output);
    for (const words of said) must(midonet(...words.replace(/^ns add web /, `ns add ${names.web} `).split(' ')));
    assert.match(must(midonet('status')), /1 bound, 1 active/);
  });

  it('another machine takes its address by DHCP, and the two reach each other', () => {
    must(midonet('create', 'port', '--bridge', 'red', '--name', 'app'));
    must(midonet(...'create dhcp-subnet 10.1.0.0/24 --bridge red --gateway 10.1.0.1'.split(' ')));
    must(midonet(...'create dhcp-host 02:00:00:00:00:0b 10.1.0.11 --bridge red --subnet 10.1.0.0/24'.split(' ')));
    const add = ['ns', 'add', names.app, '--port', 'app', '--mac', '02:00:00:00:00:0b', '--dhcp'];
    assert.match(must(midonet(...add)), /: 02:00:00:00:00:0b 10\.1\.0\.11\/24, mtu \d+\n$/);
    assert.match(must(midonet(...add)), /10\.1\.0\.11\/24/, 'and again');
    assert.equal(ping(names.web, '10.1.0.11').code, 0);
    assert.match(must(midonet('trace', '--from-port', 'web', '--icmp', '10.1.0.10,10.1.0.11')), /port app/);
  });

  it('inside "ip netns exec" namespaces are not made, and it says so', () => {
    must(midonet('create', 'port', '--bridge', 'red', '--name', 'spare'));
    const add = midonet('ns', 'add', net.name('x'), '--port', 'spare');
    const ran = run(['ip', 'netns', 'exec', net.name('host'), ...add]);
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /cannot make namespaces inside "ip netns exec"; first, outside of it, run: ip netns add/);
  });

  it('what is deleted is gone', () => {
    must(midonet('ns', 'delete', names.web, names.app));
    assert.doesNotMatch(must(['ip', 'netns', 'list']), new RegExp(`${names.web}|${names.app}`));
    assert.match(must(midonet('status')), /0 bound/);
  });
});
