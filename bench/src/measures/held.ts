import type { Measure } from '../measure.ts';
import type { NativeTools } from '../native-tools.ts';
import { inside } from '../pair.ts';
import { must, Running, until } from '../shell.ts';
import type { System, Tracked } from '../system.ts';
import { noWay, onWay, type Way } from '../way.ts';

const PORT = 6000;
/** Source ports that one destination port is reached from. */
const SOURCES = 64_000;
const WINDOW = 128;
/** The slowest that is waited for. */
const LEAST_PER_S = 500;

const firewall: Way = ({ stateful }) => stateful?.firewall;

/** What the VMs' kernels say to segments of connections that they have no sockets for. */
const NO_RESETS = `table ip held {
  chain output { type filter hook output priority filter; policy accept; tcp flags & rst == rst drop; }
}`;

/**
 * TCP connections out of the firewall, opened and left open, as many as the budget says or the system lets be; what the
 * host of the client needs for them. Once, after all else: they stay.
 */
export function connHeld(tools: NativeTools): Measure {
  return {
    name: 'conn_held',
    once: true,
    yields: { conn_held: 'connections', conn_held_size: 'bytes/connection', conn_held_process: 'MiB' },
    without: { conn_held_process: 'the kernel tracks, no process of its own' },
    absent: (system, site) => noWay(site, firewall) ?? (system.tracked === undefined ? 'it counts none' : undefined),
    run: async (site, system, budget) => {
      const { client, server } = onWay(site, firewall);
      const before = tracked(system);
      const count = Math.min(budget.held, before.most - before.connections);
      const ports = String(Math.ceil(count / SOURCES));
      for (const { namespace } of [client, server]) must(inside(namespace, 'nft', NO_RESETS));
      const answers = new Running(
        inside(server.namespace, tools.path('tcp_hold'), 'serve', server.address, String(PORT), ports),
      );
      try {
        await answers.printed('ready');
        const words = [client.address, server.address, String(PORT), ports, String(count), String(WINDOW)];
        const opens = new Running(inside(client.namespace, tools.path('tcp_hold'), 'open', ...words));
        const { opened } = JSON.parse(await opens.result(30_000 + (count / LEAST_PER_S) * 1000)) as { opened: number };
        if (opened < count) throw new Error(`only ${opened} of ${count} connections opened`);
        // What was there before may be over meanwhile.
        await until(
          () => `${count} connections to be tracked, not ${tracked(system).connections}`,
          () => tracked(system).connections >= count,
        );
      } finally {
        await answers.stop();
        for (const { namespace } of [client, server]) must(inside(namespace, 'nft', 'delete table ip held'));
      }
      const after = tracked(system);
      const grown = after.mebibytes - before.mebibytes;
      return {
        conn_held: after.connections,
        conn_held_size: (grown * 2 ** 20) / (after.connections - before.connections),
        ...(after.process === undefined ? {} : { conn_held_process: after.process }),
      };
    },
  };
}

function tracked(system: System): Tracked {
  const found = system.tracked?.();
  if (found === undefined) throw new Error(`${system.name} does not say what it tracks`);
  return found;
}
