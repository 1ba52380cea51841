import type { ConfKey } from '@midonet/contract';
import type { Datapath, DatapathEvents } from '@midonet/datapath';
import type { Clock } from './clock.ts';
import type { OpenUdpSocket } from './connections/exchange/exchange-sockets.ts';
import type { GsoDevices } from './host/big-tcp.ts';
import type { OpenLinks } from './host/links.ts';
import type { InstanceServiceSettings } from './instance/instance-services.ts';
import type { Logger } from './logger.ts';
import type { Dial } from './watch/transport.ts';

export type AgentOptions = {
  readonly controllerUrls: readonly string[];
  /** Absent: the machine's host name. */
  readonly hostName?: string | undefined;
  readonly stateDir: string;
  /** What of the central settings the host says itself. */
  readonly ownSettings?: ReadonlySet<ConfKey> | undefined;
  readonly instanceServices?: InstanceServiceSettings | undefined;
  /** Connections kept at most, a million when absent; for simulated hosts, many of which share a process. */
  readonly maxConnections?: number | undefined;
};

export type AgentModules = {
  readonly clock: Clock;
  /** Milliseconds since the machine started, those it slept included. */
  readonly uptime: () => number;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  readonly random: () => number;
  readonly logger: Logger;
  readonly dial: Dial;
  /** Called once, when the state folder is this agent's. `flows`: as many as were last set centrally. */
  readonly openDatapath: (events: DatapathEvents, flows: number | undefined) => Datapath | Promise<Datapath>;
  readonly openLinks: OpenLinks;
  /** Absent: no interface is touched. */
  readonly bigTcp?: { readonly wanted: boolean; readonly devices: GsoDevices } | undefined;
  /** For the exchange of connections with other hosts. */
  readonly openSocket: OpenUdpSocket;
};
