import type { HostId } from '@midonet/topology';
import type { Clock, Timer } from '../clock.ts';
import type { RowWriter } from '../watch/row-writer.ts';
import { describeLink, type HostLink } from './links.ts';
import type { LocalPorts } from './local-ports.ts';

const SETTLE_MS = 200;

/** Tells the controllers that this host lives and what interfaces it has, once changes have settled. */
export class HostReport {
  readonly #hostId: HostId;
  readonly #rows: RowWriter;
  readonly #ports: LocalPorts;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #last = '';

  constructor(
    hostId: HostId,
    modules: { readonly rows: RowWriter; readonly ports: LocalPorts; readonly clock: Clock },
  ) {
    this.#hostId = hostId;
    this.#rows = modules.rows;
    this.#ports = modules.ports;
    this.#clock = modules.clock;
  }

  changed(links: () => readonly HostLink[]): void {
    this.#timer ??= this.#clock.after(SETTLE_MS, () => {
      this.#timer = undefined;
      this.now(links());
    });
  }

  now(links: readonly HostLink[]): void {
    const plugged = new Set([...this.#ports.all()].map(({ interfaceName }) => interfaceName));
    const interfaces = links.map((link) => describeLink(link, plugged.has(link.name)));
    const text = JSON.stringify(interfaces, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
    if (text === this.#last) return;
    this.#last = text;
    this.#rows.put({ kind: 'hostAlive', hostId: this.#hostId, interfaces });
  }

  close(): void {
    this.#timer?.cancel();
  }
}
