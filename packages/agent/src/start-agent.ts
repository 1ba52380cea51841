import type { ListenAddress } from '@midonet/contract';
import { startMetricsListener, type MetricsListener } from '@midonet/contract/metrics-listener';
import { openEbpf } from '@midonet/datapath/ebpf';
import { LinkMonitor, openUdpSocket, setGsoMaxSize, setPeerGsoMaxSize, VethPeers } from '@midonet/datapath/kernel';
import { uptime } from 'node:os';
import { Agent } from './agent.ts';
import { systemClock } from './clock.ts';
import { withPeerMtus } from './host/peer-mtus.ts';
import type { InstanceServiceSettings } from './instance/instance-services.ts';
import type { Logger } from './logger.ts';
import { StatusServer } from './status/status-server.ts';
import { warmUp } from './warm-up/warm-up.ts';
import { webSocketDial } from './watch/web-socket.ts';

export type StartOptions = {
  /** HTTP URLs of controllers, tried in turn. */
  readonly controllerUrls: readonly string[];
  readonly hostName?: string | undefined;
  /** Everything this agent keeps; its own, not shared with any other. */
  readonly stateDir: string;
  readonly token?: string | undefined;
  /** Flows kept at most; an adopted table keeps the size it was made with. */
  readonly maxFlows?: number | undefined;
  /** Whether machines may send TCP trains of more than 64 KiB through the tunnels. */
  readonly bigTcp: boolean;
  readonly instanceServices?: InstanceServiceSettings | undefined;
  /** Where monitoring may ask; nowhere when absent. */
  readonly metrics?: ListenAddress | undefined;
  readonly datapath: 'ebpf';
  readonly logger: Logger;
};

export type RunningAgent = {
  readonly agent: Agent;
  readonly metricsUrl: string | undefined;
  stop(how: 'keep' | 'remove'): Promise<void>;
};

/** Puts an agent together for the namespace this process runs in. The one place that names drivers. */
export async function startAgent(options: StartOptions): Promise<RunningAgent> {
  const { controllerUrls, hostName, stateDir, instanceServices, token, maxFlows, bigTcp, logger } = options;
  const agent = await Agent.start(
    { controllerUrls, hostName, stateDir, instanceServices },
    {
      clock: systemClock,
      uptime: () => uptime() * 1000,
      wall: Date.now,
      random: Math.random,
      logger,
      dial: webSocketDial(token),
      openDatapath: (events) =>
        openEbpf({ stateDir, ...(maxFlows === undefined ? {} : { capacity: maxFlows }) }, events),
      openSocket: openUdpSocket,
      bigTcp: { wanted: bigTcp, devices: { own: setGsoMaxSize, peer: setPeerGsoMaxSize } },
      openLinks: withPeerMtus(
        (onChange) =>
          new LinkMonitor({
            onChange,
            failed: (error) => logger.error({ err: error }, 'cannot follow the interfaces of this host'),
          }),
        { clock: systemClock, openPeers: () => new VethPeers() },
      ),
    },
  );
  const actual = agent.datapath.capabilities.maxFlows;
  if (maxFlows !== undefined && actual !== maxFlows) {
    logger.warn({ maxFlows: actual }, "the flow table keeps the size it was made with; 'remove' first to change it");
  }
  const status = new StatusServer(agent);
  let monitoring: MetricsListener | undefined;
  try {
    await status.listen();
    monitoring = options.metrics && (await startMetricsListener(options.metrics, status.monitored));
  } catch (error) {
    status.close();
    await agent.stop('keep');
    throw error;
  }
  const rehearsal = rehearse(logger);
  return {
    agent,
    metricsUrl: monitoring?.url,
    async stop(how) {
      rehearsal.cancel();
      monitoring?.close();
      status.close();
      await agent.stop(how);
    },
  };
}

/** Between everything else that happens: a real packet waits for one made-up one at most. */
function rehearse(logger: Logger): { cancel(): void } {
  const steps = warmUp();
  let next = setImmediate(step);
  function step(): void {
    try {
      if (steps.next().done !== true) next = setImmediate(step);
    } catch (error) {
      logger.warn({ err: error }, 'cannot rehearse: the first packets take longer');
    }
  }
  return { cancel: () => clearImmediate(next) };
}
