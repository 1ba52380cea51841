import { emptyKey, extractKey, setField, NO_CONNECTIONS } from '@midonet/flow';
import { simulate, type Ingress, type SimulationOptions } from '@midonet/simulation';
import { ingressOf, TENANT, tenantNetwork, udpFrame } from '@midonet/simulation/testing';

/**
 * Warm simulations of UDP packets through bridge, router, bridge on one core. Each packet has ports
 * of its own, as first packets of flows do; the clock is read around single simulations for the
 * percentiles, and around all of them for the rate.
 */
export type SimulationFigures = {
  readonly name: string;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly perSecond: number;
};

const PACKETS = 1024;
const WARM_UP = 100_000;
const ROUNDS = 200_000;

export function measureSimulation(
  name: string,
  destination: string,
  network = tenantNetwork(),
  rounds = ROUNDS,
): SimulationFigures {
  const { topology, state } = network;
  const options: SimulationOptions = { topology, state, connections: NO_CONNECTIONS, now: 0, explain: false };
  const { web1, webGateway } = TENANT;
  const packets = Array.from({ length: PACKETS }, (_, i): Ingress => {
    const frame = udpFrame(web1, webGateway.mac, destination, { ports: [1024 + i, 53] });
    return ingressOf(network, { port: 'web1', frame });
  });
  const at = (i: number): Ingress => {
    const ingress = packets[i % PACKETS];
    if (ingress === undefined) throw new RangeError('no packet');
    return ingress;
  };
  for (let i = 0; i < Math.min(WARM_UP, rounds); i++) simulate(at(i), options);

  const started = performance.now();
  let forwarded = 0;
  for (let i = 0; i < rounds; i++) if (simulate(at(i), options).verdict.kind === 'forward') forwarded++;
  const seconds = (performance.now() - started) / 1000;
  if (forwarded !== rounds) throw new Error(`${rounds - forwarded} of ${rounds} packets were not forwarded`);

  const samples = new Float64Array(rounds);
  for (let i = 0; i < rounds; i++) {
    const before = process.hrtime.bigint();
    simulate(at(i), options);
    samples[i] = Number(process.hrtime.bigint() - before) / 1000;
  }
  samples.sort();
  const percentile = (p: number): number => samples[Math.floor(rounds * p)] ?? 0;
  return { name, p50Micros: percentile(0.5), p99Micros: percentile(0.99), perSecond: Math.round(rounds / seconds) };
}

/** Key extraction alone, which every upcall pays before its simulation. */
export function measureExtraction(): SimulationFigures {
  const frame = udpFrame(TENANT.web1, TENANT.webGateway.mac, TENANT.db1.ip);
  const key = emptyKey();
  const started = performance.now();
  for (let i = 0; i < ROUNDS; i++) {
    extractKey(frame, frame.length, 1, 0, key);
    setField(key, 'l4Src', i & 0xffff);
  }
  const micros = ((performance.now() - started) * 1000) / ROUNDS;
  return { name: 'extract_key', p50Micros: micros, p99Micros: micros, perSecond: Math.round(1e6 / micros) };
}

if (import.meta.main) {
  const figures = [
    measureSimulation('bridge_router_bridge_ipv4', TENANT.db1.ip),
    measureSimulation('bridge_router_bridge_ipv6', TENANT.db1.ip6),
    measureExtraction(),
  ];
  for (const { name, p50Micros, p99Micros, perSecond } of figures) {
    console.log(`${name}: p50 ${p50Micros.toFixed(2)} µs, p99 ${p99Micros.toFixed(2)} µs, ${perSecond} simulations/s`);
  }
}
