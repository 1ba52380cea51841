import {
  answerTo,
  isBeside,
  printTuple,
  sameTuple,
  type Connection,
  type ConnectionView,
  type Found,
  type FragmentKey,
  type Outcome,
  type SourceChoice,
  type SourceRequest,
  type Tuple,
} from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';

/**
 * Connections of a test's network: what outcomes opened, kept for ever. Sources are chosen from the
 * first port of a range up, so tests can tell which.
 */
export class TestConnections implements ConnectionView {
  readonly #byTuple = new Map<string, Found>();
  readonly #fragments = new Map<string, Tuple>();
  /** Addresses of which this host has leased no ports. */
  readonly unleased = new Set<IpAddress>();

  /** Takes in what a simulation found out, as an agent does. */
  take({ opened, fragments }: Pick<Outcome, 'opened' | 'fragments'>): void {
    for (const connection of opened) this.open(connection);
    for (const { key, tuple } of fragments) this.#fragments.set(fragmentText(key), tuple);
  }

  open(connection: Connection): void {
    const { device, original, reply } = connection;
    this.#byTuple.set(text(device, original), { connection, direction: 'original' });
    this.#byTuple.set(text(device, reply), { connection, direction: 'reply' });
  }

  close({ device, original, reply }: Connection): void {
    for (const tuple of [original, reply]) this.#byTuple.delete(text(device, tuple));
  }

  all(): Connection[] {
    return [...new Set([...this.#byTuple.values()].map(({ connection }) => connection))];
  }

  find(device: string, tuple: Tuple): Found | undefined {
    return this.#byTuple.get(text(device, tuple));
  }

  fragment(key: FragmentKey): Tuple | undefined {
    return this.#fragments.get(fragmentText(key));
  }

  source(request: SourceRequest): SourceChoice {
    const { device, original, now, ranges } = request;
    for (const { addressFrom, portFrom, portTo } of ranges) {
      if (this.unleased.has(addressFrom)) return { kind: 'unleased', address: addressFrom };
      for (let port = portFrom; port <= portTo; port++) {
        const side = now.dstPort === 0 && now.srcPort === 0 ? 0 : port;
        const answer = answerTo(request, addressFrom, side);
        if (isBeside(request, answer)) continue;
        const found = this.find(device, answer);
        if (found === undefined || sameTuple(found.connection.original, original)) {
          return { kind: 'chosen', address: addressFrom, port };
        }
      }
    }
    return { kind: 'exhausted' };
  }
}

function text(device: string, tuple: Tuple): string {
  return `${device} ${printTuple(tuple)}`;
}

function fragmentText({ device, proto, src, dst, id }: FragmentKey): string {
  return `${device} ${proto} ${src} ${dst} ${id}`;
}
