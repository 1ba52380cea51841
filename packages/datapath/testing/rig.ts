import assert from 'node:assert/strict';
import {
  emptyKey,
  emptyMask,
  extractKey,
  type DpPort,
  type FlowAction,
  type FlowKey,
  type FlowMask,
  type TunnelKey,
} from '@midonet/flow';
import { formatHex, printFrame } from '@midonet/packet';
import type { Datapath, DatapathPort, FlowId, FlowSpec, Upcall } from '../src/index.ts';
import type { DatapathHarness, HarnessMaker, HarnessOptions, TestInterface, TestPeer } from './harness.ts';

type Gone = { readonly id: FlowId; readonly why: string };
type Closing = { readonly id: FlowId; readonly tcpFlags: number };

/** Longest wait for something that must happen. */
const PATIENCE_MS = 5000;

/** A harness with the interfaces added as ports, and what came up recorded. */
export class Rig {
  readonly harness: DatapathHarness;
  readonly datapath: Datapath;
  readonly ports: readonly DpPort[];
  readonly tunnelPort: DpPort;
  readonly upcalls: Upcall[];
  readonly batches: number[];
  readonly gone: Gone[];
  readonly closing: Closing[];
  readonly portChanges: DatapathPort[];
  readonly #hooks: { onUpcall?: (upcall: Upcall) => void };

  private constructor(harness: DatapathHarness, recorded: Recorded) {
    this.harness = harness;
    this.datapath = harness.datapath;
    this.ports = harness.interfaces.map(({ name }) => this.datapath.addPort({ kind: 'interface', name }).port);
    this.tunnelPort = this.datapath.addPort(harness.tunnel).port;
    this.upcalls = recorded.upcalls;
    this.batches = recorded.batches;
    this.gone = recorded.gone;
    this.closing = recorded.closing;
    this.portChanges = recorded.portChanges;
    this.#hooks = recorded.hooks;
  }

  /** Runs `body` on a fresh rig and takes it down whatever happens. */
  static async with(
    maker: HarnessMaker,
    options: Partial<HarnessOptions>,
    body: (rig: Rig) => Promise<void>,
  ): Promise<void> {
    const recorded = recorder();
    const harness = await maker.make({ interfaces: 3, ...options }, recorded.events);
    try {
      await body(new Rig(harness, recorded));
    } finally {
      await harness.close();
    }
  }

  /** Called with each upcall as it comes, still inside the handler. */
  onUpcall(handler: (upcall: Upcall) => void): void {
    this.#hooks.onUpcall = handler;
  }

  interface(index: number): TestInterface {
    return at(this.harness.interfaces, index);
  }

  peer(index: number): TestPeer {
    return at(this.harness.peers, index);
  }

  port(index: number): DpPort {
    return at(this.ports, index);
  }

  send(index: number, frame: Uint8Array): void {
    this.interface(index).send(frame);
  }

  /** The flow of exactly the packets whose key is this frame's. */
  exact(frame: Uint8Array, inPort: DpPort, actions: readonly FlowAction[], more: Partial<FlowSpec> = {}): FlowSpec {
    return {
      key: keyOf(frame, inPort),
      mask: exactMask(),
      ttlAbove: 0,
      mtu: 0,
      actions,
      idleMs: 0,
      hardMs: 0,
      cookie: 0,
      ...more,
    };
  }

  /** The flow of everything that comes in by a port. */
  wide(inPort: DpPort, actions: readonly FlowAction[], more: Partial<FlowSpec> = {}): FlowSpec {
    const key = emptyKey();
    key[0] = inPort;
    const mask = emptyMask();
    mask[0] = 0xffffffff;
    return { key, mask, ttlAbove: 0, mtu: 0, actions, idleMs: 0, hardMs: 0, cookie: 0, ...more };
  }

  put(spec: FlowSpec): FlowId {
    const [result] = this.datapath.put([spec]);
    assert.ok(result !== undefined && result.kind !== 'refused', `put was refused: ${JSON.stringify(result)}`);
    return result.id;
  }

  output(index: number): FlowAction {
    return { kind: 'output', port: this.port(index) };
  }

  tunnel(index: number, key: number): FlowAction {
    return { kind: 'tunnel', peer: this.peer(index).address, key: key as TunnelKey };
  }

  /** Waits until `condition` holds. */
  async until(what: string, condition: () => boolean): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (!condition()) {
      assert.ok(
        performance.now() < end,
        `waited in vain for ${what}; counters ${JSON.stringify(this.datapath.counters())}`,
      );
      await this.harness.turn();
    }
  }

  /** Waits for as many frames as `expected` has, and compares them, in order. */
  async expectOut(index: number, expected: readonly Uint8Array[]): Promise<void> {
    const source = this.interface(index);
    const got: Uint8Array[] = [];
    await this.until(`${expected.length} frames out of ${source.name}, ${got.length} came`, () => {
      got.push(...source.take());
      return got.length >= expected.length;
    });
    sameFrames(got, expected, source.name);
  }

  async expectTunnelled(index: number, expected: readonly { tunnelKey: number; frame: Uint8Array }[]): Promise<void> {
    const source = this.peer(index);
    const got: { readonly tunnelKey: number; readonly frame: Uint8Array }[] = [];
    await this.until(`${expected.length} packets at peer ${index}`, () => {
      got.push(...source.take());
      return got.length >= expected.length;
    });
    assert.deepEqual(
      got.map(({ tunnelKey }) => tunnelKey),
      expected.map(({ tunnelKey }) => tunnelKey),
    );
    sameFrames(
      got.map(({ frame }) => frame),
      expected.map(({ frame }) => frame),
      `peer ${index}`,
    );
  }

  /** Waits for exactly one upcall. */
  async oneUpcall(): Promise<Upcall> {
    return at(await this.expectUpcalls(1), 0);
  }

  async expectUpcalls(count: number): Promise<readonly Upcall[]> {
    await this.until(`${count} upcalls, ${this.upcalls.length} came`, () => this.upcalls.length >= count);
    assert.equal(this.upcalls.length, count, 'upcalls');
    return this.upcalls;
  }
}

type Recorded = ReturnType<typeof recorder>;

function recorder(): {
  readonly upcalls: Upcall[];
  readonly batches: number[];
  readonly gone: Gone[];
  readonly closing: Closing[];
  readonly portChanges: DatapathPort[];
  readonly hooks: { onUpcall?: (upcall: Upcall) => void };
  readonly events: Parameters<HarnessMaker['make']>[1];
} {
  const upcalls: Upcall[] = [];
  const batches: number[] = [];
  const gone: Gone[] = [];
  const closing: Closing[] = [];
  const portChanges: DatapathPort[] = [];
  const hooks: { onUpcall?: (upcall: Upcall) => void } = {};
  return {
    upcalls,
    batches,
    gone,
    closing,
    portChanges,
    hooks,
    events: {
      onUpcalls: (batch) => {
        batches.push(batch.length);
        for (const upcall of batch) {
          // Borrowed: only a copy lives on.
          upcalls.push({ ...upcall, key: upcall.key.slice() as FlowKey, frame: upcall.frame.slice() });
          hooks.onUpcall?.(upcall);
        }
      },
      onFlowsGone: (flows) => gone.push(...flows.map(({ id, why }) => ({ id, why }))),
      onFlowsClosing: (flows) => closing.push(...flows),
      onPortChange: (port) => portChanges.push(port),
    },
  };
}

export function keyOf(frame: Uint8Array, inPort: DpPort, tunnelKey = 0): FlowKey {
  const key = emptyKey();
  assert.equal(extractKey(frame, frame.length, inPort, tunnelKey, key), 'ok', `no key: ${printFrame(frame)}`);
  return key;
}

export function exactMask(): FlowMask {
  return emptyMask().fill(0xffffffff);
}

/** Compares the one-line prints first: they say more than bytes. */
export function sameFrames(got: readonly Uint8Array[], expected: readonly Uint8Array[], where: string): void {
  const print = (frame: Uint8Array): string => printFrame(frame);
  assert.deepEqual(got.map(print), expected.map(print), where);
  assert.deepEqual(got.map(formatHex), expected.map(formatHex), where);
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  assert.ok(item !== undefined, `the harness has no number ${index}`);
  return item;
}
