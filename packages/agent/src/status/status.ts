import { formatVersions } from '@midonet/contract';
import { emptyKey, extractKey, type Outcome } from '@midonet/flow';
import { formatIp } from '@midonet/packet';
import type { PortId } from '@midonet/topology';
import type { Agent } from '../agent.ts';
import { EXCHANGE_VERSIONS } from '../connections/exchange/exchange-versions.ts';

/** What an operator wants to see of an agent at a glance; plain JSON. */
export function agentStatus(agent: Agent): object {
  const { connection, datapath, knowledge, flows } = agent;
  const { connected, url, since, attempts, lastError, version } = connection.status;
  return {
    host: agent.identity,
    stateDir: agent.state.path,
    controller: {
      state: connected ? 'connected' : 'none: forwarding and simulating on what is known',
      url,
      sinceSeconds: Math.round((agent.clock.now() - since) / 1000),
      protocol: version ?? null,
      attempts,
      lastError: lastError ?? null,
    },
    datapath: { driver: datapath.capabilities.name, ...datapath.counters() },
    flows: { known: flows.table.size, ...flows.counters, awaitingAdoption: agent.adoption.waiting },
    packets: { upcalls: agent.loop.upcalls, ...agent.processor.counters, parked: agent.parking.size },
    connections: connectionStatus(agent),
    traces: agent.traces.counters,
    healthChecks: { ...agent.checks.status(), answers: agent.answers.counters },
    instanceServices: agent.services.status(),
    topology: {
      ...knowledge.devices.count,
      topics: agent.subscriptions.size,
      macRows: knowledge.macs.rows,
      undecodable: agent.items.undecodable,
    },
    ports: { running: agent.ports.size, problems: agent.bindings.problems.size },
    centralSettings: agent.central.status(),
    overlayMtu: knowledge.overlayMtu,
    peers: Object.fromEntries([...knowledge.underlay.peers].map(([host, address]) => [host, formatIp(address)])),
    problems: [
      ...agent.bindings.problems.values(),
      ...agent.tunnels.problems,
      ...(agent.bigTcp?.problems.values() ?? []),
      ...agent.connections.peers.sockets.problems.values(),
      ...exchangeProblems(agent),
    ],
  };
}

function exchangeProblems({ connections }: Agent): string[] {
  const others = connections.peers.exchange?.incompatible ?? [];
  return [...others].map(
    ([host, theirs]) =>
      `host ${host} speaks state exchange ${formatVersions(theirs)}, this agent ${formatVersions(EXCHANGE_VERSIONS)}: ` +
      `connections are not shared with it; upgrade the older agent`,
  );
}

function connectionStatus({ connections, templates }: Agent): object {
  const { table, allocator, leases, journal, fragments, peers } = connections;
  const { addresses, ...nat } = allocator.stats();
  return {
    known: table.size,
    phases: table.phases,
    ...table.counters,
    /** Began in the datapath: here, and at hosts whose answers come in here. */
    templates: { ...templates.counters, classesHeard: templates.heard.size },
    fragments: fragments.size,
    nat: { ...nat, addresses: addresses.length, leases: leases.size, ...leases.counters },
    journal: journal.counters,
    exchange: peers.exchange === undefined ? null : { ...peers.exchange.load, ...peers.exchange.counters },
    datagrams: peers.sockets.counters,
  };
}

export function agentPorts(agent: Agent): object[] {
  const running = [...agent.ports.all()].map((port) => ({
    port: port.portId,
    interface: port.interfaceName,
    state: 'active',
    datapathPort: port.dpPort,
    tunnelKey: port.tunnelKey,
    counters: agent.datapath.portCounters(port.dpPort) ?? null,
  }));
  const failed = [...agent.bindings.problems].map(([port, problem]) => ({ port, state: 'not active', problem }));
  return [...running, ...failed];
}

export function agentDevices(agent: Agent): object {
  const { devices } = agent.knowledge;
  return {
    ...devices.count,
    bridges: [...devices.bridgeIds()].map((id) => ({ id, name: devices.bridge(id)?.bridge.name })),
    routers: [...devices.routerIds()].map((id) => ({ id, name: devices.router(id)?.router.name })),
  };
}

/** Simulates a frame on this agent's own view, right now, without any effect. */
export function whatIf(agent: Agent, portId: PortId, frame: Uint8Array): Outcome | { readonly problem: string } {
  const key = emptyKey();
  if (extractKey(frame, frame.length, 0, 0, key) === 'malformed') return { problem: 'the frame is malformed' };
  const inPort = agent.ports.get(portId)?.dpPort ?? (0 as never);
  return agent.processor.simulate(
    { direction: 'in', portId, inPort, key, frame, fullLength: frame.length, gsoSize: 0, depth: 0 },
    true,
  );
}
