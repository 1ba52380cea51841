import type { ConfKey, ListenAddress } from '@midonet/contract';
import { openEbpf } from '@midonet/datapath/ebpf';
import { LinkMonitor, openUdpSocket, setGsoMaxSize, setPeerGsoMaxSize, VethPeers } from '@midonet/datapath/kernel';
import { uptime } from 'node:os';
import { Agent } from './agent.ts';
import { systemClock } from './clock.ts';
import { withPeerMtus } from './host/peer-mtus.ts';
import { NO_INSTANCE_SERVICES } from './instance/instance-services.ts';
import type { HostInstanceSettings } from './instance/instance-settings.ts';
import type { Logger } from './logger.ts';
import { followOnHost } from './settings/follow-on-host.ts';
import { Monitoring } from './status/monitoring.ts';
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
  /** What of the central settings the host says itself. */
  readonly ownSettings?: ReadonlySet<ConfKey> | undefined;
  /** Undefined: who embeds the agent decides. */
  readonly setLogLevel?: ((level: string) => void) | undefined;
  readonly instanceServices?: HostInstanceSettings | undefined;
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

const KEEPS_SIZE = "the flow table keeps the size it was made with; 'remove' first to change it";

/** Puts an agent together for the namespace this process runs in. The one place that names drivers. */
export async function startAgent(options: StartOptions): Promise<RunningAgent> {
  const { controllerUrls, hostName, stateDir, instanceServices, token, maxFlows, bigTcp, logger } = options;
  const agent = await Agent.start(
    { controllerUrls, hostName, stateDir, instanceServices, ownSettings: options.ownSettings },
    {
      clock: systemClock,
      uptime: () => uptime() * 1000,
      wall: Date.now,
      random: Math.random,
      logger,
      dial: webSocketDial(token),
      openDatapath: (events, flows) => {
        const capacity = maxFlows ?? flows;
        return openEbpf({ stateDir, ...(capacity === undefined ? {} : { capacity }) }, events);
      },
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
    logger.warn({ maxFlows: actual }, KEEPS_SIZE);
  }
  const status = new StatusServer(agent);
  const monitoring = new Monitoring(status.monitored, logger);
  try {
    await status.listen();
    if (options.metrics !== undefined) await monitoring.start(options.metrics);
  } catch (error) {
    status.close();
    await agent.stop('keep');
    throw error;
  }
  followOnHost(agent.central, {
    instance: instanceServices ?? NO_INSTANCE_SERVICES,
    logger,
    setLogLevel: options.setLogLevel,
    setInstanceServices: (settings) => (agent.services.settings = settings),
    setMetrics: (address) => monitoring.move(address),
  });
  const flowsKey = 'agent.datapath.max_flow_count';
  agent.central.follow([flowsKey], () => {
    const wanted = agent.central.get(flowsKey);
    if (wanted !== actual) logger.warn({ maxFlows: actual, wanted }, `${flowsKey}: ${KEEPS_SIZE}`);
  });
  const rehearsal = rehearse(logger);
  return {
    agent,
    get metricsUrl() {
      return monitoring.url;
    },
    async stop(how) {
      rehearsal.cancel();
      monitoring.close();
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
