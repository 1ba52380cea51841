import { Counter, Gauge, Registry } from 'prom-client';
import type { Agent } from '../agent.ts';

/** Prometheus metrics, read from the agent's counters at the moment they are asked for. */
export function agentMetrics(agent: Agent): Registry {
  const registry = new Registry();
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `midonet_agent_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  const count = (name: string, help: string, read: () => number): void => {
    new Counter({
      name: `midonet_agent_${name}`,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  gauge('controller_connected', '1 while a controller answers', () => (agent.connection.status.connected ? 1 : 0));
  gauge('flows', 'Flows in the datapath', () => agent.datapath.counters().flows);
  count('flow_hits_total', 'Packets that found their flow', () => agent.datapath.counters().hits);
  count('flow_misses_total', 'Packets that found none', () => agent.datapath.counters().misses);
  count('flows_installed_total', 'Flows installed', () => agent.flows.counters.installed);
  count(
    'flows_invalidated_total',
    'Flows removed because what they depend on changed',
    () => agent.flows.counters.invalidated,
  );
  count('flows_refused_total', 'Flows the datapath did not take', () => agent.flows.counters.refused);
  count('upcalls_total', 'Packets that came up from the datapath', () => agent.loop.upcalls);
  count('simulations_total', 'Packets simulated', () => agent.processor.counters.simulated);
  gauge('parked_packets', 'Packets that wait for topology or a neighbour', () => agent.parking.size);
  gauge('ports_active', 'Virtual ports running on this host', () => agent.ports.size);
  gauge('bridges_loaded', 'Bridges followed', () => agent.knowledge.devices.count.bridges);
  gauge('routers_loaded', 'Routers followed', () => agent.knowledge.devices.count.routers);
  gauge('health_checked_members', 'Pool members that this host checks', () => agent.checks.size);
  count('health_answers_forwarded_total', 'Answers to checks sent on to the host that asks', () => {
    return agent.answers.counters.forwarded;
  });
  count('health_answers_refused_total', 'Answers to checks dropped: too many, or nobody asks', () => {
    return agent.answers.counters.refused;
  });
  count('metadata_requests_total', 'Requests of instances to the metadata service', () => {
    return agent.services.metadata.counters.requests;
  });
  count('metadata_failed_total', 'Requests that the metadata service did not answer', () => {
    return agent.services.metadata.counters.failed;
  });
  count('dns_queries_total', 'DNS queries of instances', () => agent.services.dns.counters.queries);
  count('dns_failed_total', 'DNS queries that no resolver answered', () => agent.services.dns.counters.failed);
  count('dns_refused_total', 'DNS queries over the limits of a port or of the host', () => {
    return agent.services.dns.counters.refused;
  });
  count('rule_log_lost_total', 'Decisions of rules not logged because too many came at once', () => agent.ruleLog.lost);
  count('traced_packets_total', 'Packets written down for trace requests', () => agent.traces.counters.recorded);
  count('traced_packets_paused_total', 'Packets of trace requests not written down: too many at once', () => {
    return agent.traces.counters.paused;
  });
  count('trace_arrivals_total', 'Traced packets of other hosts that left here', () => agent.traces.counters.arrivals);
  count('rows_overflow_total', 'Shared rows not written because too many waited', () => agent.rows.overflow);
  new Counter({
    name: 'midonet_agent_dropped_packets_total',
    help: 'Packets dropped by the agent and its flows, by reason and port',
    labelNames: ['reason', 'port'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { reason, port, packets } of agent.drops.list()) this.inc({ reason, port }, packets);
    },
  });
  new Counter({
    name: 'midonet_agent_health_checks_total',
    help: 'Health checks of pool members, by how they ended',
    labelNames: ['finding'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [finding, checks] of Object.entries(agent.checks.findings)) this.inc({ finding }, checks);
    },
  });
  new Counter({
    name: 'midonet_agent_datapath_dropped_packets_total',
    help: 'Packets the datapath dropped, by reason',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [reason, packets] of Object.entries(agent.datapath.counters().drops)) this.inc({ reason }, packets);
    },
  });
  return registry;
}
