import type { Measure } from '../measure.ts';
import { inside } from '../pair.ts';
import { Running } from '../shell.ts';
import { noWay, onWay, type Way } from '../way.ts';

type Report = { readonly end: { readonly sum_received: { readonly bits_per_second: number } } };

/** Throughput of `streams` TCP connections by iperf3, Gbit/s of payload. */
export function tcpStream(streams: number): Measure {
  return stream(`tcp_stream_${streams}`, streams, (site) => site);
}

/** Throughput of one TCP connection through a router that has state for others: tcpStreamSnat() without state. */
export function tcpStreamRouted(): Measure {
  return stream('tcp_stream_routed', 1, ({ routed }) => routed);
}

/** Throughput of one TCP connection through a router that translates its source. */
export function tcpStreamSnat(): Measure {
  return stream('tcp_stream_snat', 1, ({ stateful }) => stateful?.snat);
}

/** Throughput of one TCP connection out of a firewall that lets in only answers: tcpStream(1) with state. */
export function tcpStreamFirewall(): Measure {
  return stream('tcp_stream_firewall', 1, ({ stateful }) => stateful?.firewall);
}

function stream(name: string, streams: number, way: Way): Measure {
  return {
    name,
    yields: { [name]: 'Gbit/s' },
    absent: (_system, site) => noWay(site, way),
    run: async (site, _system, { seconds }) => {
      const { client, server } = onWay(site, way);
      const listener = new Running(inside(server.namespace, 'iperf3', '-s', '-1', '--forceflush'));
      try {
        await listener.printed('listening');
        const words = ['-c', server.address, '-P', String(streams), '-t', String(Math.ceil(seconds)), '--json'];
        const report = new Running(inside(client.namespace, 'iperf3', ...words));
        await report.result((seconds + 15) * 1000);
        const { end } = JSON.parse(report.output) as Report;
        return { [name]: end.sum_received.bits_per_second / 1e9 };
      } finally {
        await listener.stop();
      }
    },
  };
}
