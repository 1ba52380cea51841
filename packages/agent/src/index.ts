export { Agent } from './agent.ts';
export type { AgentModules, AgentOptions } from './agent-modules.ts';
export { every, systemClock, type Clock, type Timer } from './clock.ts';
export { ManualClock } from './manual-clock.ts';
export {
  ConnectionTable,
  type ConnectionKey,
  type ConnectionTableModules,
  type ConnectionTableOptions,
  type GoneReason,
  type Opened,
  type Origin,
} from './connections/connection-table.ts';
export type { Progress } from './connections/connection-lifetimes.ts';
export type { HostLink, LinkSource, OpenLinks } from './host/links.ts';
export { hostCredential, type EnrolmentModules, type EnrolmentOptions } from './host/enrolment.ts';
export { hostIdentity } from './host/host-identity.ts';
export { StateDir, StateDirError } from './host/state-dir.ts';
export type { Logger } from './logger.ts';
export type { Dial, Socket, SocketEvents } from './watch/transport.ts';
export { Connection as ControllerConnection, type ConnectionStatus } from './watch/connection.ts';
export { Subscriptions, topicKey, type News } from './watch/subscriptions.ts';
export { webSocketDial } from './watch/web-socket.ts';
export { topicsFor } from './watch/interest.ts';
export { StatusServer } from './status/status-server.ts';
export { PortAllocator, type PortAllocatorModules, type PortAllocatorOptions } from './nat/port-allocator.ts';
export type { NatBlock, Ports } from './nat/port-blocks.ts';
export { LeaseClient, type LeaseClientEvents, type LeaseClientModules } from './nat/lease-client.ts';
