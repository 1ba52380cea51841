import type { Measure } from '../measure.ts';
import type { NativeTools, Tool } from '../native-tools.ts';
import { inside } from '../pair.ts';
import { Running } from '../shell.ts';
import { CRR } from '../stateful.ts';
import type { Site, System, Vm } from '../system.ts';
import { noWay, onWay, type Way } from '../way.ts';

const PORT = CRR.port;
const CRR_PORTS = CRR.ports;
const CRR_WINDOW = 32;
const TELLS_NOTHING = 'its hosts tell each other nothing of connections';

/** Connect, request, response, close: 32 under way over 8 destination ports. */
export function tcpCrr(tools: NativeTools): Measure {
  return connections(tools, 'tcp_crr', (site) => site);
}

/** As tcpCrr(), to a VM behind a firewall that lets in only answers. */
export function connFirewall(tools: NativeTools): Measure {
  return tracked(connections(tools, 'conn_firewall', ({ stateful }) => stateful?.firewall));
}

/** As tcpCrr(), between VMs of one security group with many members. */
export function connGroup(tools: NativeTools): Measure {
  return tracked(connections(tools, 'conn_group', ({ stateful }) => stateful?.group));
}

/** As tcpCrr(), through a router that translates the source. */
export function connSnat(tools: NativeTools): Measure {
  return tracked(connections(tools, 'conn_snat', ({ stateful }) => stateful?.snat));
}

/** As tcpCrr(), to an address that stands for two others. */
export function connVip(tools: NativeTools): Measure {
  return tracked(connections(tools, 'conn_vip', ({ stateful }) => stateful?.vip));
}

function connections(tools: NativeTools, name: string, way: Way): Measure {
  return {
    name,
    yields: { [name]: 'connections/s' },
    absent: (_system, site) => noWay(site, way),
    run: async (site, system, { seconds }) => {
      const { client, server } = onWay(site, way);
      await system.forgetFlows?.();
      const ports = [String(PORT), String(CRR_PORTS)];
      const listen = server.listen ?? server.address;
      const result = await served<{ per_s: number }>(start(tools, 'tcp_crr', server, 'serve', listen, ...ports), () =>
        start(tools, 'tcp_crr', client, 'load', server.address, ...ports, String(CRR_WINDOW), String(seconds)),
      );
      return { [name]: result.per_s };
    },
  };
}

/** Beside the rate: what tracking each connection costs the processes that do, and what hosts tell each other of it. */
function tracked(measure: Measure): Measure {
  const { name } = measure;
  const [agents, state, datagrams] = [`${name}_agents`, `${name}_state`, `${name}_datagrams`];
  return {
    ...measure,
    yields: {
      ...measure.yields,
      [agents]: 'us/connection',
      [state]: 'bytes/connection',
      [datagrams]: 'per connection',
    },
    without: {
      [agents]: 'the kernel tracks, no process of its own',
      [state]: TELLS_NOTHING,
      [datagrams]: TELLS_NOTHING,
    },
    run: async (site, system, budget) => {
      const before = system.trackingCost?.();
      const sample = await measure.run(site, system, budget);
      const after = system.trackingCost?.();
      if (before === undefined || after === undefined) return sample;
      const made = (sample[name] ?? NaN) * budget.seconds;
      const costs = { ...sample, [agents]: (after.microseconds - before.microseconds) / made };
      if (before.exchange === undefined || after.exchange === undefined) return costs;
      return {
        ...costs,
        [state]: (after.exchange.bytes - before.exchange.bytes) / made,
        [datagrams]: (after.exchange.datagrams - before.exchange.datagrams) / made,
      };
    },
  };
}

/** One byte there and back, one under way. */
export function tcpRr(tools: NativeTools): Measure {
  return {
    name: 'tcp_rr',
    yields: { tcp_rr: 'exchanges/s' },
    absent: () => undefined,
    run: async ({ client, server }, _system, { seconds }) => {
      const target = [server.address, String(PORT)];
      const result = await served<{ per_s: number }>(start(tools, 'tcp_rr', server, 'serve', ...target), () =>
        start(tools, 'tcp_rr', client, 'load', ...target, String(seconds)),
      );
      return { tcp_rr: result.per_s };
    },
  };
}

/** 100-byte UDP packets of one flow, counted where they arrive. */
export function udpPackets(tools: NativeTools): Measure {
  return {
    name: 'udp_100_pps',
    yields: { udp_100_pps: 'packets/s' },
    absent: () => undefined,
    run: async ({ client, server }, _system, { seconds }) => {
      const target = [server.address, String(PORT)];
      const result = await received<{ pps: number }>(
        start(tools, 'udp_pps', server, 'recv', ...target, String(seconds)),
        () => start(tools, 'udp_pps', client, 'send', ...target, String(seconds + 1)),
      );
      return { udp_100_pps: result.pps };
    },
  };
}

/** One-way latency of each flow's first packet, one flow at a time. */
export function firstPacket(tools: NativeTools): Measure {
  let firstSource = 20_000;
  return {
    name: 'first_packet',
    yields: { first_packet_p50: 'us', first_packet_p99: 'us' },
    absent: notReactive,
    run: async (site, system, { firstPackets }) => {
      const { client, server } = site;
      await system.forgetFlows?.();
      if (firstSource + firstPackets > 60_000) firstSource = 20_000;
      const target = [perFlowAddress(site), String(PORT)];
      const from = String(firstSource);
      firstSource += firstPackets;
      const result = await received<{ received: number; p50_us: number | null; p99_us: number | null }>(
        start(tools, 'first_packet', server, 'recv', ...target, String(firstPackets), '1000'),
        () =>
          start(tools, 'first_packet', client, 'send', client.address, ...target, String(firstPackets), '500', from),
      );
      if (result.p50_us === null || result.p99_us === null) throw new Error('no first packet arrived');
      if (result.received < firstPackets * 0.99) {
        throw new Error(`only ${result.received} of ${firstPackets} first packets arrived`);
      }
      return { first_packet_p50: result.p50_us, first_packet_p99: result.p99_us };
    },
  };
}

/** New flows a second that get through: simulated, installed and delivered (the best of three rates). */
export function newFlows(tools: NativeTools): Measure {
  const PORTS = 32;
  let firstPort = 6000;
  return {
    name: 'upcalls',
    yields: { upcalls: 'flows/s' },
    absent: notReactive,
    run: async (site, system, { seconds }) => {
      const { client, server } = site;
      let best = 0;
      for (const rate of [30_000, 60_000, 120_000]) {
        await system.forgetFlows?.();
        // Ports not used before: no flow is left of them.
        firstPort = firstPort + 2 * PORTS > 60_000 ? 6000 : firstPort + PORTS;
        const target = [perFlowAddress(site), String(firstPort), String(PORTS)];
        const result = await received<{ per_s: number }>(
          start(tools, 'new_flows', server, 'recv', ...target, String(seconds)),
          () => start(tools, 'new_flows', client, 'send', ...target, String(rate), String(seconds)),
        );
        best = Math.max(best, result.per_s);
      }
      return { upcalls: best };
    },
  };
}

function notReactive(system: System, site: Site): string | undefined {
  if (!system.reactive) return 'a first packet costs it what every packet does';
  return site.perFlow === undefined ? 'one wide flow serves all connections here' : undefined;
}

function perFlowAddress(site: Site): string {
  if (site.perFlow === undefined) throw new Error('a reactive system names an address for first packets');
  return site.perFlow;
}

function start(tools: NativeTools, tool: Tool, vm: Vm, ...words: string[]): Running {
  return new Running(inside(vm.namespace, tools.path(tool), ...words));
}

/** The client's report; the server answers until it is stopped. */
async function served<T>(server: Running, client: () => Running): Promise<T> {
  try {
    await server.printed('ready');
    return JSON.parse(await client().result()) as T;
  } finally {
    await server.stop();
  }
}

/** The receiver's report. */
async function received<T>(receiver: Running, sender: () => Running): Promise<T> {
  try {
    await receiver.printed('ready');
    const sending = sender();
    await sending.result();
    return JSON.parse(await receiver.result()) as T;
  } finally {
    await receiver.stop();
  }
}
