import { outliveReaders } from '@midonet/contract/process';
import { writeFileSync } from 'node:fs';
import { runRounds } from './bench.ts';
import type { Measure, Series } from './measure.ts';
import { measureConnections } from './measures/connections.ts';
import { measureCreates } from './measures/creates.ts';
import { connHeld } from './measures/held.ts';
import { tcpStream, tcpStreamFirewall, tcpStreamRouted, tcpStreamSnat } from './measures/iperf.ts';
import {
  connFirewall,
  connGroup,
  connSnat,
  connVip,
  firstPacket,
  newFlows,
  tcpCrr,
  tcpRr,
  udpPackets,
} from './measures/load.ts';
import { measureSimulations } from './measures/simulations.ts';
import { NativeTools } from './native-tools.ts';
import { parseOptions, USAGE, type BenchOptions } from './options.ts';
import { printReport, reportOf } from './report.ts';
import { sweepRuns } from './runs.ts';
import { succeeds } from './shell.ts';
import type { System, SystemName } from './system.ts';
import { LinuxBridgeVxlan } from './systems/linux-bridge-vxlan.ts';
import { Midonet } from './systems/midonet.ts';
import { OvnUserspace } from './systems/ovn-userspace.ts';
import { OvsUserspace } from './systems/ovs-userspace.ts';
import { RoutedVeth } from './systems/routed-veth.ts';

/** What `--peers` installs. */
const PEERS: readonly SystemName[] = ['ovs_userspace', 'ovn_userspace'];

const started = performance.now();

/** The first one takes everything down, a second one ends it as it is. */
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    progress('interrupted: taking everything down');
    stop.abort(new Error('interrupted'));
  });
}

function progress(line: string): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(0).padStart(4);
  process.stdout.write(`${seconds} s  ${line}\n`);
}

async function main(options: BenchOptions): Promise<number> {
  if (process.getuid?.() !== 0) throw new Error('the bench makes network namespaces: run it as root');
  if (!succeeds(['iperf3', '--version'])) throw new Error('iperf3 is missing: apt-get install iperf3');
  for (const pid of sweepRuns()) progress(`another bench runs (process ${pid}): each disturbs the other's figures`);
  const wanted = (name: string): boolean =>
    options.measures.length === 0 ? !options.leftOut.includes(name) : options.measures.includes(name);
  const tools = new NativeTools();
  try {
    const measures: readonly Measure[] = [
      tcpStream(1),
      tcpStream(4),
      tcpStreamFirewall(),
      tcpStreamRouted(),
      tcpStreamSnat(),
      tcpCrr(tools),
      connFirewall(tools),
      connGroup(tools),
      connSnat(tools),
      connVip(tools),
      connHeld(tools),
      udpPackets(tools),
      tcpRr(tools),
      firstPacket(tools),
      newFlows(tools),
    ].filter(({ name }) => wanted(name));
    const known = [
      new RoutedVeth(),
      new LinuxBridgeVxlan(),
      new LinuxBridgeVxlan({ bare: true }),
      new OvsUserspace(),
      new OvnUserspace(),
      new Midonet(),
      new Midonet({ bigTcp: true }),
    ];
    const { systems, unavailable } = chosen(known, options);
    const { series, failures } = await runRounds(systems, measures, options.budget, progress, {
      unavailable,
      stop: stop.signal,
    });
    stop.signal.throwIfAborted();
    const all: Series[] = [...series];
    if (options.only.includes('midonet')) {
      if (wanted('simulations')) {
        progress('simulations, one core');
        all.push(...measureSimulations(options.budget.rounds));
      }
      if (wanted('connections_1m')) {
        progress('a million connections in one table');
        all.push(...measureConnections(options.budget.rounds));
      }
      if (wanted('creates_per_s')) {
        progress('creates, one controller');
        all.push(await measureCreates(options.budget.rounds, 1000));
      }
    }
    const report = reportOf(all, 'midonet');
    printReport(report, 'midonet', (line) => process.stdout.write(`${line}\n`));
    if (options.json !== undefined) {
      writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
      progress(`wrote ${options.json}`);
    }
    if (failures > 0) progress(`${failures} samples failed`);
    return failures > 0 ? 1 : 0;
  } finally {
    tools.remove();
  }
}

type Chosen = { readonly systems: readonly System[]; readonly unavailable: ReadonlyMap<SystemName, string> };

/** The systems to measure, and those asked for that cannot run here. */
function chosen(known: readonly System[], options: BenchOptions): Chosen {
  const unavailable = new Map<SystemName, string>();
  const systems = known.filter((system) => {
    if (!options.only.includes(system.name)) return false;
    const reason = system.unavailable();
    if (reason !== undefined && options.peers && PEERS.includes(system.name)) throw new Error(reason);
    if (reason !== undefined) {
      progress(`without ${system.name}: ${reason}`);
      unavailable.set(system.name, reason);
    }
    return reason === undefined;
  });
  return { systems, unavailable };
}

outliveReaders(); // namespaces and daemons are to be removed whoever reads
try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(USAGE);
  else process.exitCode = await main(options);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
