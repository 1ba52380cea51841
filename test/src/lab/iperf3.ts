import type { Namespaces } from './namespaces.ts';
import { Daemon } from './shell.ts';

export type Iperf3 = {
  readonly client: string;
  readonly server: string;
  readonly to: string;
  readonly flags: readonly string[];
};

type Report = {
  readonly intervals: readonly { readonly sum: { readonly bytes: number; readonly seconds: number } }[];
  readonly end: { readonly sum_received: { readonly bytes: number; readonly bits_per_second: number } };
  readonly error?: string;
};

/** Bytes and rate as the receiver saw them, and the bytes of each interval as the client did. */
export type Throughput = { readonly received: number; readonly bitsPerSecond: number; readonly intervals: number[] };

/** One TCP test to its end, between machines; throws with iperf3's own words. */
export function iperf3(net: Namespaces, options: Iperf3): Throughput {
  serve(net, options.server);
  const ran = net.exec(options.client, clientCommand(options), { timeoutMs: 120_000 });
  return read(ran.stdout);
}

/** The same while something else happens. */
export async function iperf3While(
  net: Namespaces,
  options: Iperf3,
  meanwhile: () => Promise<void>,
): Promise<Throughput> {
  serve(net, options.server);
  const command = ['ip', 'netns', 'exec', net.name(options.client), ...clientCommand(options)];
  const client = new Daemon('iperf3', command);
  await meanwhile();
  await client.ended();
  return read(client.output);
}

/** One test; then the server ends, so each caller has its own. */
function serve(net: Namespaces, server: string): void {
  net.mustExec(server, ['iperf3', '-s', '-1', '-D']);
}

function clientCommand({ to, flags }: Iperf3): string[] {
  // The server may take a moment to listen, on a busy machine seconds. With -J iperf3 fails with exit code 0.
  const command = `end=$(($(date +%s) + 60))
  while
    out=$(iperf3 -J -c ${to} ${flags.join(' ')})
    case $out in *refused*) [ $(date +%s) -lt $end ] ;; *) false ;; esac
  do sleep 0.1; done
  echo "$out"`;
  return ['sh', '-c', command];
}

function read(text: string): Throughput {
  const report = JSON.parse(text) as Report;
  if (report.error !== undefined) throw new Error(`iperf3: ${report.error}`);
  return {
    received: report.end.sum_received.bytes,
    bitsPerSecond: report.end.sum_received.bits_per_second,
    intervals: report.intervals.map(({ sum }) => sum.bytes),
  };
}
