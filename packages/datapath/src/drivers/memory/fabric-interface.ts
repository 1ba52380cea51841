import type { DpPort } from '@midonet/flow';
import type { FabricHost } from './fabric-host.ts';
import type { FabricSink } from './fabric-sink.ts';

/** Frames an interface keeps for its reader; the oldest go first. */
const MAX_RECEIVED = 4096;

/** A network interface of a simulated host, seen from whoever is plugged into it (a VM). */
export class FabricInterface {
  readonly name: string;
  readonly #host: FabricHost;
  #present = true;
  #attached: { readonly sink: FabricSink; readonly port: DpPort } | undefined;
  #onFrame: ((frame: Uint8Array) => void) | undefined;
  #received: Uint8Array[] = [];
  #overrun = 0;

  constructor(host: FabricHost, name: string) {
    this.#host = host;
    this.name = name;
  }

  get present(): boolean {
    return this.#present;
  }

  /** Frames dropped because nobody took them. */
  get overrun(): number {
    return this.#overrun;
  }

  /** Queues a copy of `frame` towards the datapath; lost when the interface is gone or no port. */
  send(frame: Uint8Array): void {
    if (!this.#present || this.#attached === undefined) {
      this.#host.fabric.countLost();
      return;
    }
    this.#host.fabric.enqueue({ ...this.#attached, tunnelKey: 0, frame: frame.slice() });
  }

  /** Hands every frame that comes out to `onFrame`, from now on; undefined collects them again. */
  listen(onFrame: ((frame: Uint8Array) => void) | undefined): void {
    this.#onFrame = onFrame;
  }

  /** The frames that came out since the last call, oldest first. */
  take(): readonly Uint8Array[] {
    const frames = this.#received;
    this.#received = [];
    return frames;
  }

  /** The interface vanishes, as a VM that is destroyed. */
  vanish(): void {
    if (!this.#present) return;
    this.#present = false;
    this.#host.sink?.interfaceChanged(this.name, false);
  }

  /** It comes back under the same name. */
  appear(): void {
    if (this.#present) return;
    this.#present = true;
    this.#host.sink?.interfaceChanged(this.name, true);
  }

  /** For the datapath: which port frames sent here enter by. */
  attach(attachment: { readonly sink: FabricSink; readonly port: DpPort } | undefined): void {
    this.#attached = attachment;
  }

  /** For the datapath: false when the interface is gone. The frame is the interface's from now on. */
  deliver(frame: Uint8Array): boolean {
    if (!this.#present) return false;
    if (this.#onFrame !== undefined) this.#onFrame(frame);
    else {
      if (this.#received.length >= MAX_RECEIVED) {
        this.#received.shift();
        this.#overrun++;
      }
      this.#received.push(frame);
    }
    return true;
  }
}
