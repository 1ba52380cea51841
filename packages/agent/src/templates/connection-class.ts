import type { Connection, Tuple } from '@midonet/flow';

/**
 * Connections that differ in the client's port alone, as every device on their way sees them. In the
 * tuples a mark stands where that port is: the one with which they come into the virtual network, or
 * the one with which they leave it, where a device in between gives them another.
 */
export type ConnectionClass = readonly Connection[];

const [CAME, LEFT] = [1, 2] as const;

/** The class of connections that one packet opens, which came with `port` and left with `chosen`; undefined when another port is in them. */
export function classOf(opened: readonly Connection[], port: number, chosen: number): ConnectionClass | undefined {
  const mark = (value: number): number => (value === port ? CAME : value === chosen ? LEFT : 0);
  const marked = opened.map((connection) => withPorts(connection, mark));
  return marked.some(({ original, reply }) => original.srcPort === 0 || reply.dstPort === 0) ? undefined : marked;
}

/** The connections of a class that one first packet opens. */
export function connectionsOf(members: ConnectionClass, port: number, chosen: number): Connection[] {
  return members.map((connection) => withPorts(connection, (mark) => (mark === CAME ? port : chosen)));
}

/** What the connections that one packet opens, in whatever order, have in common with all of their class. */
export function classKey(connections: readonly Connection[]): string {
  const keys = connections.map(
    ({ device, original, reply }) =>
      `${device} ${original.proto} ${ends(original)} ${original.dstPort} ${ends(reply)} ${reply.srcPort}`,
  );
  return keys.sort().join(' ');
}

/** True for what another host may say is a class. */
export function isClass(members: ConnectionClass): boolean {
  return members.every(({ original, reply }) => isMark(original.srcPort) && isMark(reply.dstPort));
}

function isMark(port: number): boolean {
  return port === CAME || port === LEFT;
}

function ends({ src, dst }: Tuple): string {
  return `${src} ${dst}`;
}

function withPorts(connection: Connection, port: (before: number) => number): Connection {
  const { original, reply } = connection;
  return {
    ...connection,
    original: { ...original, srcPort: port(original.srcPort) },
    reply: { ...reply, dstPort: port(reply.dstPort) },
  };
}
