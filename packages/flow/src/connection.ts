import { formatIp, type IpAddress } from '@midonet/packet';

/**
 * What the packets of one direction of a connection share. TCP, UDP and SCTP have ports. An ICMP
 * echo has its identifier on the side of the one who asks (the request's `srcPort`, the reply's
 * `dstPort`) and 0 on the other, so that one reverses into the other. Everything else has zeros.
 */
export type Tuple = {
  readonly proto: number;
  readonly src: IpAddress;
  readonly dst: IpAddress;
  readonly srcPort: number;
  readonly dstPort: number;
};

export function reversed({ proto, src, dst, srcPort, dstPort }: Tuple): Tuple {
  return { proto, src: dst, dst: src, srcPort: dstPort, dstPort: srcPort };
}

export function sameTuple(a: Tuple, b: Tuple): boolean {
  return (
    a.src === b.src && a.dst === b.dst && a.srcPort === b.srcPort && a.dstPort === b.dstPort && a.proto === b.proto
  );
}

/** `6 10.0.0.1:1234 > 10.0.0.2:80`, IPv6 addresses in brackets; for traces and tags. */
export function printTuple({ proto, src, dst, srcPort, dstPort }: Tuple): string {
  return `${proto} ${printEnd(src, srcPort)} > ${printEnd(dst, dstPort)}`;
}

function printEnd(ip: IpAddress, port: number): string {
  return `${typeof ip === 'number' ? formatIp(ip) : `[${formatIp(ip)}]`}:${port}`;
}

export type Direction = 'original' | 'reply';

/**
 * A connection as one device sees it: the device is its zone, so tenants with the same addresses
 * stay apart, and an answer is known by whichever way it comes into the device. What was translated
 * is the difference between the two tuples.
 */
export type Connection = {
  /** Id of the bridge or router. */
  readonly device: string;
  /** Of the first packet as it came into the device. */
  readonly original: Tuple;
  /** Of an answer as it comes into the device: `original` as it left, turned round. */
  readonly reply: Tuple;
  /** Where the first packet came into the virtual topology; none when a device made it. */
  readonly ingressPort: string | undefined;
  /** Ports through which it left: answers come in there. */
  readonly egressPorts: readonly string[];
  /** The pool member that a load balancer chose. */
  readonly member?: string | undefined;
};

/** True when the source that leaves is not the one that came in. */
export function translatesSource({ original, reply }: Connection): boolean {
  return reply.dst !== original.src || reply.dstPort !== original.srcPort;
}

export function translatesDestination({ original, reply }: Connection): boolean {
  return reply.src !== original.dst || reply.srcPort !== original.dstPort;
}

export type Found = { readonly connection: Connection; readonly direction: Direction };

/** A range of addresses and of ports, both ends included. Ports 0 to 0: ports are left as they are. */
export type NatRange = {
  readonly addressFrom: IpAddress;
  readonly addressTo: IpAddress;
  readonly portFrom: number;
  readonly portTo: number;
};

export type SourceRequest = {
  readonly device: string;
  /** As the packet came into the device: names the endpoint that keeps its address and port. */
  readonly original: Tuple;
  /** As it stands now: the new source must be free towards this destination. */
  readonly now: Tuple;
  readonly ranges: readonly NatRange[];
  /** Answers that the same packet opened this device for before: it passes it once more, and cannot have them again. */
  readonly besides?: readonly Tuple[];
};

/** What answers to the packet would be, were it sent from this source. */
export function answerTo({ now }: SourceRequest, src: IpAddress, srcPort: number): Tuple {
  return reversed({ ...now, src, srcPort });
}

/** Whether the very packet has these answers already, by an earlier visit to the device. */
export function isBeside({ besides }: SourceRequest, answer: Tuple): boolean {
  return besides?.some((one) => sameTuple(one, answer)) === true;
}

export type SourceChoice =
  | { readonly kind: 'chosen'; readonly address: IpAddress; readonly port: number }
  /** This host holds no block of ports of any of the addresses yet: it must lease one of `address`. */
  | { readonly kind: 'unleased'; readonly address: IpAddress }
  /** All ports of all ranges are taken towards this destination. */
  | { readonly kind: 'exhausted' };

/** The ports (or echo identifier) of a fragmented packet, told by its first fragment. */
export type FragmentKey = {
  readonly device: string;
  readonly proto: number;
  readonly src: IpAddress;
  readonly dst: IpAddress;
  /** The identification of IPv4 or of IPv6's fragment header. */
  readonly id: number;
};

/**
 * Connections as known on this host, read by the simulation. Answers hold until what a simulation
 * proposed was taken in, so asking twice gives the same.
 */
export type ConnectionView = {
  find(device: string, tuple: Tuple): Found | undefined;
  /** A source for a new connection; it is taken when the connection is opened. */
  source(request: SourceRequest): SourceChoice;
  fragment(key: FragmentKey): Tuple | undefined;
};

/** Knows no connection; new ones get the first of what they may have. For what-if questions. */
export const NO_CONNECTIONS: ConnectionView = {
  find: () => undefined,
  source: (request) => {
    const [range] = request.ranges;
    if (range === undefined) return { kind: 'exhausted' };
    const { addressFrom: address, portFrom, portTo } = range;
    if (portFrom === 0) return { kind: 'chosen', address, port: request.now.srcPort };
    for (let port = portFrom; port <= portTo; port++) {
      if (!isBeside(request, answerTo(request, address, port))) return { kind: 'chosen', address, port };
    }
    return { kind: 'exhausted' };
  },
  fragment: () => undefined,
};
