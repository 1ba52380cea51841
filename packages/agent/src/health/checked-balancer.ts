import type { IpAddress } from '@midonet/packet';
import { CHECK_PORTS } from '@midonet/simulation';
import type { BalancerDevice, PoolMemberId } from '@midonet/topology';
import type { Clock } from '../clock.ts';
import { MemberCheck, type CheckSpec, type MemberStatus } from './member-check.ts';
import { Probe, type Finding } from './probe.ts';
import { readAnswer, segmentFrame } from './segments.ts';

export type CheckedBalancerModules = {
  readonly clock: Clock;
  readonly random: () => number;
  /** A frame that the balancer's router made and is to route. */
  readonly send: (frame: Uint8Array) => void;
  readonly onStatus: (spec: CheckSpec, status: MemberStatus) => void;
  readonly onFinding: (finding: Finding) => void;
};

/** First checks are spread over this time, or the delay where that is shorter. */
const SPREAD_MS = 1_000;
const PORTS = CHECK_PORTS.to - CHECK_PORTS.from + 1;

/** The members of a load balancer that this host asks. */
export class CheckedBalancer {
  readonly #modules: CheckedBalancerModules;
  readonly #checks = new Map<PoolMemberId, MemberCheck>();
  /** Checks under way, by the member's place and the port that asks it. */
  readonly #probes = new Map<string, Probe>();
  /** Each check has another port than those before it, so late answers are told from new ones. */
  #turn: number;

  constructor(modules: CheckedBalancerModules) {
    this.#modules = modules;
    this.#turn = Math.floor(modules.random() * PORTS);
  }

  get size(): number {
    return this.#checks.size;
  }

  /** Asks exactly these from now on. `known`: what somebody found out before. */
  update(specs: readonly CheckSpec[], known: BalancerDevice['health']): void {
    const wanted = new Map(specs.map((spec) => [spec.member.id, spec]));
    for (const [id, check] of [...this.#checks]) {
      const spec = wanted.get(id);
      if (spec !== undefined && asksTheSame(check.spec, spec)) continue;
      check.close();
      this.#checks.delete(id);
    }
    for (const [id, spec] of wanted) if (!this.#checks.has(id)) this.#begin(spec, known.get(id));
  }

  /** What was found out, by member. */
  *findings(): Generator<readonly [CheckSpec, MemberStatus]> {
    for (const { spec, status } of this.#checks.values()) if (status !== undefined) yield [spec, status];
  }

  receive(frame: Uint8Array): void {
    const answer = readAnswer(frame);
    if (answer === undefined) return;
    this.#probes.get(placeKey(answer.from, answer.tcp.srcPort, answer.tcp.dstPort))?.receive(answer);
  }

  close(): void {
    for (const check of this.#checks.values()) check.close();
    this.#checks.clear();
  }

  #begin(spec: CheckSpec, known: MemberStatus | undefined): void {
    const { clock, random, onStatus } = this.#modules;
    const firstMs = random() * Math.min(SPREAD_MS, spec.monitor.delay * 1000);
    const check = new MemberCheck(spec, known, firstMs, {
      clock,
      probe: (of, done) => this.#probe(of, done),
      onStatus: (status) => onStatus(spec, status),
    });
    this.#checks.set(spec.member.id, check);
  }

  #probe(spec: CheckSpec, done: (finding: Finding) => void): { start(): void; cancel(): void } {
    const { clock, random, send, onFinding } = this.#modules;
    const { member, monitor } = spec;
    const { address, port } = member;
    const localPort = this.#freePort(address, port);
    const key = placeKey(address, port, localPort);
    const probe = new Probe(
      { member, monitor, localPort },
      { clock, random, send: (header, data) => send(segmentFrame(address, header, data)) },
      (finding) => {
        this.#probes.delete(key);
        onFinding(finding);
        done(finding);
      },
    );
    this.#probes.set(key, probe);
    return {
      start: () => probe.start(),
      cancel: () => {
        this.#probes.delete(key);
        probe.cancel();
      },
    };
  }

  /** Members of several pools may share a place, but hardly hundreds of them. */
  #freePort(address: IpAddress, port: number): number {
    let local = CHECK_PORTS.from;
    for (let i = 0; i < PORTS; i++) {
      this.#turn = (this.#turn + 1) % PORTS;
      local = CHECK_PORTS.from + this.#turn;
      if (!this.#probes.has(placeKey(address, port, local))) break;
    }
    return local;
  }
}

/** A change of weight or admin state does not begin anew what is known of a member. */
function asksTheSame(a: CheckSpec, b: CheckSpec): boolean {
  const { member, monitor } = a;
  return member.address === b.member.address && member.port === b.member.port && monitor === b.monitor;
}

function placeKey(address: IpAddress, port: number, localPort: number): string {
  return `${typeof address === 'number' ? 4 : 6} ${address} ${port} ${localPort}`;
}
