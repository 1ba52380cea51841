import assert from 'node:assert/strict';
import { parseIp, parseMac, TCP_FLAG, tcp, type Tcp } from '@midonet/packet';
import type { PortId } from '@midonet/topology';
import { readSegment, type Guest } from '../src/instance/guest-segment.ts';

const NOTHING = new Uint8Array(0);

export const GUEST: Guest = {
  portId: 'port' as PortId,
  mac: parseMac('02:00:00:00:00:01') ?? assert.fail(),
  ip: parseIp('10.0.0.10') ?? assert.fail(),
  service: parseIp('169.254.169.254') ?? assert.fail(),
};

/** Near the end, so that numbers go round. */
export const GUEST_ISS = 0xfffffff8;

/** An instance's end of a connection: says what a test makes it say, and keeps what it hears. */
export class GuestPeer {
  readonly heard: { readonly header: Tcp; readonly data: Buffer }[] = [];
  /** What it says next counts from here. */
  sequence = GUEST_ISS;
  /** Everything up to here arrived. */
  expected = 0;
  window = 60_000;
  received = '';
  readonly #deliver: (header: Tcp, data: Uint8Array) => void;
  readonly port: number;

  constructor(deliver: (header: Tcp, data: Uint8Array) => void, port = 40_000) {
    this.#deliver = deliver;
    this.port = port;
  }

  /** A frame of the service; `true` in `lost` loses it. */
  hear(frame: Uint8Array, lost = false): void {
    const segment = readSegment(GUEST.portId, frame);
    if (segment?.header.kind !== 'tcp') assert.fail('not a TCP segment');
    const { header, data } = segment;
    if (lost) return;
    this.heard.push({ header, data: Buffer.from(data) });
    const flags = header.flags;
    if ((flags & TCP_FLAG.syn) !== 0) this.expected = (header.sequence + 1) >>> 0;
    else if (header.sequence === this.expected) {
      this.received += Buffer.from(data).toString('latin1');
      this.expected = (this.expected + data.length + ((flags & TCP_FLAG.fin) === 0 ? 0 : 1)) >>> 0;
    }
  }

  syn(mss?: number): void {
    this.say(TCP_FLAG.syn, { options: mss === undefined ? [] : [{ kind: 'mss', mss }] });
    this.sequence = (this.sequence + 1) >>> 0;
  }

  acknowledge(): void {
    this.say(TCP_FLAG.ack);
  }

  send(text: string): void {
    this.say(TCP_FLAG.ack | TCP_FLAG.psh, {}, Buffer.from(text, 'latin1'));
    this.sequence = (this.sequence + text.length) >>> 0;
  }

  finish(): void {
    this.say(TCP_FLAG.ack | TCP_FLAG.fin);
    this.sequence = (this.sequence + 1) >>> 0;
  }

  say(flags: number, fields: Partial<Tcp> = {}, data: Uint8Array = NOTHING): void {
    const { sequence, expected: acknowledgment, window } = this;
    const numbers = { sequence, acknowledgment: (flags & TCP_FLAG.ack) === 0 ? 0 : acknowledgment, window };
    this.#deliver(tcp({ srcPort: this.port, dstPort: 80, flags, ...numbers, ...fields }), data);
  }

  /** Flags of what it heard last. */
  get last(): string {
    const flags = this.heard.at(-1)?.header.flags ?? 0;
    return Object.entries(TCP_FLAG)
      .flatMap(([name, bit]) => ((flags & bit) === 0 ? [] : [name]))
      .join(' ');
  }
}
