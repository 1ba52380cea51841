import type { OpenUdpSocket } from '../src/connections/exchange/exchange-sockets.ts';

type InFlight = { readonly bytes: Uint8Array; readonly to: string };

/** Sockets of hosts that share one process. What is sent arrives in a next tick. */
export class ExchangeHub {
  readonly #receivers = new Map<string, (bytes: Uint8Array) => void>();
  #inFlight: InFlight[] = [];
  readonly #deliver: 'soon' | 'by hand';

  constructor(deliver: 'soon' | 'by hand' = 'soon') {
    this.#deliver = deliver;
  }

  readonly open: OpenUdpSocket = ({ address, port }, { onDatagram }) => {
    const key = `${address} ${port}`;
    if (this.#receivers.has(key)) throw new Error(`EADDRINUSE ${key}`);
    this.#receivers.set(key, onDatagram);
    return {
      port,
      send: (bytes, to) => {
        this.#inFlight.push({ bytes: Uint8Array.from(bytes), to: `${to.address} ${to.port}` });
        if (this.#deliver === 'soon' && this.#inFlight.length === 1) process.nextTick(() => this.deliver());
      },
      receive: () => undefined,
      close: () => this.#receivers.delete(key),
    };
  };

  /** Everything on its way arrives. False when nothing was. */
  deliver(): boolean {
    const some = this.#inFlight;
    this.#inFlight = [];
    for (const { bytes, to } of some) this.#receivers.get(to)?.(bytes);
    return some.length > 0;
  }
}
