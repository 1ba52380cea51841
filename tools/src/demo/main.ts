import { outliveReaders } from '@midonet/contract/process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { checkDhcp, checkReachability, checkTcp } from './checks.ts';
import { Lab } from './lab.ts';
import { Reporter } from './reporter.ts';

const HELP = `./run demo [--keep | --stop | --quick]

  --keep    leave everything running, to play with
  --stop    end what --keep left
  --quick   connectivity only
`;

const root = join(import.meta.dirname, '../../..');
const flag = { type: 'boolean', default: false } as const;
const values = options();
const lab = new Lab(root);
const report = new Reporter();

/** Ends the program, with what may be said, when it is told something else. */
function options(): {
  readonly keep: boolean;
  readonly stop: boolean;
  readonly quick: boolean;
  readonly help: boolean;
} {
  try {
    return parseArgs({ options: { keep: flag, stop: flag, quick: flag, help: flag } }).values;
  } catch (error) {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exit(2);
  }
}

/** The CLI as a visitor would type it, its output shown; ends the demo when it refuses. */
function midonet(host: string, ...words: string[]): void {
  report.command(`midonet ${words.join(' ')}`);
  const { code, output } = lab.midonet(host, words);
  report.detail(output);
  if (code !== 0) throw new Error(`midonet ${words[0] ?? ''} failed`);
}

/** A program that ends is noticed at once; this is for one that is slow, as under software emulation on a busy machine. */
const WAIT_MS = 400_000;

async function waitFor(what: string, daemon: string, probe: () => boolean): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (!probe()) {
    const alive = lab.isRunning(daemon);
    if (!alive || performance.now() > end) {
      const why = alive ? `${what} within ${WAIT_MS / 1000} s` : `the program ended (${daemon})`;
      throw new Error(`${why}; its log:\n${readFileSync(lab.log(daemon), 'utf8').slice(-4000)}`);
    }
    await delay(100);
  }
}

async function build(): Promise<void> {
  report.step('two hypervisors, hv1 and hv2: namespaces joined by a cable');
  lab.makeHypervisors();
  report.step('a controller on hv1, an agent on each');
  const listen = lab.url.replace('http://', '');
  report.command(`midonet controller --listen ${listen} --state ${lab.state}/controller`);
  lab.start('hv1', 'controller', ['controller', '--listen', listen, '--state', `${lab.state}/controller`]);
  await waitFor('the controller did not answer', 'controller', () => {
    try {
      return lab.midonet('hv1', ['status']).code === 0;
    } catch {
      return false; // no token yet
    }
  });
  for (const host of ['hv1', 'hv2']) {
    const words = ['agent', '--controller', lab.url, '--name', host, '--state', `${lab.state}/${host}`];
    report.command(`midonet ${words.join(' ')}`);
    lab.start(host, host, words);
  }
  for (const host of ['hv1', 'hv2']) {
    await waitFor(`the agent on ${host} did not register`, host, () => isAlive(host));
  }
  report.step('the virtual network of demo/topology.yaml');
  midonet('hv1', 'apply', '-f', join(root, 'demo/topology.yaml'));
  report.step('virtual machines on its ports');
  for (const vm of ['web', 'app', 'db']) lab.makeNamespace(vm);
  const vm = (name: string): string => lab.namespace(name);
  midonet('hv1', 'ns', 'add', vm('web'), '--port', 'web', '--address', '10.1.0.10/24', 'fd00:1::10/64');
  const address = values.quick ? ['--address', '10.1.0.11/24'] : ['--mac', '02:00:00:00:00:0b', '--dhcp'];
  midonet('hv2', 'ns', 'add', vm('app'), '--port', 'app', ...address);
  midonet('hv2', 'ns', 'add', vm('db'), '--port', 'db', '--address', '10.2.0.10/24', 'fd00:2::10/64');
  midonet('hv1', 'status');
}

function isAlive(name: string): boolean {
  return new RegExp(`^${name} +alive`, 'm').test(lab.midonet('hv1', ['status']).output);
}

function howToPlay(): void {
  console.log(`
Everything keeps running. To play with it:

  export MIDONET_URL=${lab.url} MIDONET_TOKEN=$(cat ${lab.state}/controller/token)
  ip netns exec ${lab.namespace('hv1')} ./run midonet status
  ip netns exec ${lab.namespace('hv1')} ./run midonet trace --from-port web --icmp 10.1.0.10,10.66.0.1
  ip netns exec ${lab.namespace('web')} ping 10.2.0.10

Logs are in ${lab.state}. To end it: ./run demo --stop`);
}

async function main(): Promise<void> {
  outliveReaders(); // what it makes is to be whole, or gone
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  await lab.clean();
  if (values.stop) {
    console.log('the demo is gone');
    return;
  }
  try {
    await build();
    report.step('does it work?');
    await checkReachability(lab, report);
    if (!values.quick) {
      await checkDhcp(lab, report);
      await checkTcp(lab, report);
      report.step('the way of one packet');
      midonet('hv1', 'trace', '--from-port', 'web', 'udp 10.1.0.10:1000 > 10.2.0.10:53');
    }
  } catch (error) {
    report.failed++;
    console.log(`\nFAIL ${error instanceof Error ? error.message : String(error)}`);
  }
  const sum = `${report.passed} checks passed, ${report.failed} failed, ${report.seconds} s`;
  if (values.keep) howToPlay();
  else await lab.clean();
  console.log(`\ndemo: ${sum}`);
  process.exitCode = report.failed === 0 ? 0 : 1;
}

await main();
