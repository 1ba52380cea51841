import assert from 'node:assert/strict';
import { printTuple, reversed, type Connection, type NatRange, type SourceRequest, type Tuple } from '@midonet/flow';
import { parseIp, type IpAddress } from '@midonet/packet';
import { PortAllocator, type PortAllocatorModules, type PortAllocatorOptions } from '../src/nat/port-allocator.ts';
import type { Ports } from '../src/nat/port-blocks.ts';

export const ROUTER = '00000000-0000-4000-8000-000000000001';
export const UDP = 17;
export const TCP = 6;

export function address(text: string): IpAddress {
  const parsed = parseIp(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

export function range(addresses: string, ports: string): NatRange {
  const [from = '', to = from] = addresses.split(' ');
  const [portFrom = 0, portTo = portFrom] = ports.split('-').map(Number);
  return { addressFrom: address(from), addressTo: address(to), portFrom, portTo };
}

export type Wanted = { readonly deviceId: string; readonly address: IpAddress; readonly ports: Ports };

/** An allocator over a table of connections, as an agent has it. */
export class NatRig {
  readonly allocator: PortAllocator;
  readonly wanted: Wanted[] = [];
  readonly open = new Map<string, Connection>();
  now = 0;

  constructor(options: PortAllocatorOptions = {}, events: Pick<PortAllocatorModules, 'onMapped' | 'onShared'> = {}) {
    this.allocator = new PortAllocator(
      {
        isFree: (device, reply) => !this.open.has(`${device} ${printTuple(reply)}`),
        now: () => this.now,
        ...events,
        onWanted: (deviceId, address, ports) => this.wanted.push({ deviceId, address, ports }),
      },
      options,
    );
  }

  blocks(text: string, ...blocks: readonly number[]): this {
    for (const block of blocks) this.allocator.addBlock({ deviceId: ROUTER, address: address(text), block });
    return this;
  }

  /** `10.0.0.1:1000 > 8.8.8.8:53`; asks twice, as a simulation may, and opens what was chosen. */
  connect(ends: string, ranges: readonly NatRange[], proto = UDP): Connection | 'unleased' | 'exhausted' {
    const request = this.request(ends, ranges, proto);
    const choice = this.allocator.choose(request);
    assert.deepEqual(this.allocator.choose(request), choice);
    if (choice.kind !== 'chosen') return choice.kind;
    const left: Tuple = { ...request.now, src: choice.address, srcPort: choice.port };
    const connection: Connection = {
      device: ROUTER,
      original: request.original,
      reply: reversed(left),
      ingressPort: undefined,
      egressPorts: [],
    };
    const key = `${ROUTER} ${printTuple(connection.reply)}`;
    assert.ok(!this.open.has(key), `two connections answer as ${key}`);
    this.open.set(key, connection);
    this.allocator.taken(connection);
    return connection;
  }

  /** A connection that got its source elsewhere. */
  openedAs(ends: string, external: string, port: number, proto = UDP): Connection {
    const { original } = this.request(ends, [], proto);
    const reply = reversed({ ...original, src: address(external), srcPort: port });
    const connection: Connection = { device: ROUTER, original, reply, ingressPort: undefined, egressPorts: [] };
    this.open.set(`${ROUTER} ${printTuple(reply)}`, connection);
    this.allocator.taken(connection);
    return connection;
  }

  /** The external port of a connection that must come about. */
  port(ends: string, ranges: readonly NatRange[], proto = UDP): number {
    return this.opened(ends, ranges, proto).reply.dstPort;
  }

  opened(ends: string, ranges: readonly NatRange[], proto = UDP): Connection {
    const connection = this.connect(ends, ranges, proto);
    if (typeof connection === 'string') assert.fail(`${ends}: ${connection}`);
    return connection;
  }

  close(connection: Connection): void {
    assert.ok(this.open.delete(`${connection.device} ${printTuple(connection.reply)}`));
    this.allocator.freed(connection);
  }

  request(ends: string, ranges: readonly NatRange[], proto: number): SourceRequest {
    const [from = '', to = ''] = ends.split(' > ');
    const [src, srcPort] = end(from);
    const [dst, dstPort] = end(to);
    const original: Tuple = { proto, src, dst, srcPort, dstPort };
    return { device: ROUTER, original, now: original, ranges };
  }
}

function end(text: string): readonly [IpAddress, number] {
  const at = text.lastIndexOf(':');
  return [address(text.slice(0, at).replace(/[[\]]/g, '')), Number(text.slice(at + 1))];
}
