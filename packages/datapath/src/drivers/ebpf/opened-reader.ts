import { KEY_WORDS } from '@midonet/flow';
import { RingBuffer } from '../../kernel/ring-buffer.ts';
import { structOf } from './artefact.ts';
import { mapEntries, type KernelObjects } from './objects.ts';
import { readAddress } from './step-codec.ts';
import type { IpAddress } from '@midonet/packet';

const NO_SLOT = 0xffff_ffff;

/** struct opened; `slot` is undefined where none was taken, `token` 0 where no flow was made. */
export type OpenedRecord = {
  readonly kind: 'here' | 'there' | 'not';
  readonly token: number;
  readonly slot: number | undefined;
  readonly class: number;
  readonly peer: IpAddress | undefined;
  readonly port: number;
  readonly chosen: number;
  readonly tcpFlags: number;
  readonly key: Uint32Array;
};

const KINDS = ['here', 'there', 'not'] as const;

/** Takes what the programs tell of connections that began. */
export class OpenedReader {
  readonly #ring: RingBuffer;
  readonly #words: Uint32Array;
  readonly #at;

  /** `fd`: of the ring. */
  constructor(objects: KernelObjects, fd = objects.map('opened')) {
    this.#ring = new RingBuffer(fd, mapEntries(fd));
    this.#words = new Uint32Array(this.#ring.data.buffer, this.#ring.data.byteOffset);
    this.#at = structOf(objects.artefact, 'opened', [
      'kind',
      'token',
      'slot',
      'class',
      'peer',
      'port',
      'chosen',
      'tcp_flags',
      'key',
    ]);
  }

  read(limit: number): OpenedRecord[] {
    const records: OpenedRecord[] = [];
    this.#ring.drain(limit, (offset) => records.push(this.#record(offset)));
    return records;
  }

  close(): void {
    this.#ring.close();
  }

  #record(offset: number): OpenedRecord {
    const { data } = this.#ring;
    const at = this.#at;
    const slot = data.getUint32(offset + at.slot, true);
    const keyWord = (offset + at.key) >>> 2;
    return {
      kind: KINDS[data.getUint32(offset + at.kind, true)] ?? 'not',
      token: data.getUint32(offset + at.token, true),
      slot: slot === NO_SLOT ? undefined : slot,
      class: data.getUint32(offset + at.class, true),
      peer: this.#peer(offset + at.peer),
      port: data.getUint16(offset + at.port, true),
      chosen: data.getUint16(offset + at.chosen, true),
      tcpFlags: data.getUint32(offset + at.tcp_flags, true),
      key: this.#words.slice(keyWord, keyWord + KEY_WORDS),
    };
  }

  #peer(at: number): IpAddress | undefined {
    const { data } = this.#ring;
    const first = data.getUint32(at);
    const rest = data.getUint32(at + 4) | data.getUint32(at + 8) | data.getUint32(at + 12);
    if (rest === 0) return first === 0 ? undefined : readAddress(data, at, false);
    return readAddress(data, at, true);
  }
}
