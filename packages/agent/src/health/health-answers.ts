import type { TunnelKey } from '@midonet/flow';
import type { LoadBalancerId } from '@midonet/topology';
import type { FlowWriter } from '../flows/flow-writer.ts';
import type { Packet } from '../upcalls/packet.ts';
import type { Knowledge } from '../view/knowledge.ts';

export type HealthAnswerModules = {
  readonly knowledge: Knowledge;
  readonly flows: FlowWriter;
  readonly clock: { now(): number };
  /** This host is the one that asks. */
  readonly onAnswer: (balancer: LoadBalancerId, frame: Uint8Array) => void;
};

const WINDOW_MS = 1_000;
/** A check takes a few packets; members that send more make their own load balancer's checks fail. */
const MAX_A_WINDOW = 1_000;
const MAX_WINDOWS = 4_096;

/** Takes what members answer to health checks from the host where it comes in to the one that asks. */
export class HealthAnswers {
  readonly #modules: HealthAnswerModules;
  readonly #windows = new Map<string, { readonly since: number; count: number }>();
  readonly counters = { taken: 0, forwarded: 0, refused: 0 };

  constructor(modules: HealthAnswerModules) {
    this.#modules = modules;
  }

  take(balancer: LoadBalancerId, { frame, inPort, gsoSize }: Packet): void {
    const { knowledge, flows, onAnswer } = this.#modules;
    const checker = knowledge.devices.balancer(balancer)?.checker;
    if (checker === undefined || !this.#mayPass(balancer)) {
      this.counters.refused++;
      return;
    }
    if (checker.hostId === knowledge.hostId) {
      this.counters.taken++;
      onAnswer(balancer, frame);
      return;
    }
    const peer = knowledge.underlay.peer(checker.hostId);
    if (peer === undefined) {
      this.counters.refused++;
      return;
    }
    this.counters.forwarded++;
    const key = checker.tunnelKey as TunnelKey; // brand: the row's codec checks it
    flows.send({ frame, inPort, gsoSize, actions: [{ kind: 'tunnel', peer, key }] });
  }

  #mayPass(balancer: string): boolean {
    const now = this.#modules.clock.now();
    let window = this.#windows.get(balancer);
    if (window === undefined || now - window.since >= WINDOW_MS) {
      this.#windows.delete(balancer);
      if (this.#windows.size >= MAX_WINDOWS) this.#windows.clear();
      this.#windows.set(balancer, (window = { since: now, count: 0 }));
    }
    return ++window.count <= MAX_A_WINDOW;
  }
}
