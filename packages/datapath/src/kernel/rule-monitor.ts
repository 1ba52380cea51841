import type { NetworkNamespace } from './namespace.ts';
import { attributes, RouteSocket } from './netlink.ts';
import { pollReadable } from './poll.ts';

const RTMGRP_IPV4_RULE = 0x80;
const RTM_NEWRULE = 32;
const RTM_GETRULE = 34;
const AF_INET = 2;
const RULE_HEADER = 12;
/**
 * What a rule may look at that is the same for all packets between two addresses in one protocol (FRA_*):
 * the addresses, the protocol, and what only says where to look and who made the rule. All others
 * (marks, interfaces, users, ports, VRFs, what later kernels add) may tell packets apart.
 */
const SAME_FOR_ALL: ReadonlySet<number> = new Set([
  1, // destination
  2, // source
  4, // goto
  6, // priority
  11, // realms
  13, // suppress_ifgroup
  14, // suppress_prefixlength
  15, // table
  18, // padding
  21, // who made it
  22, // IP protocol
]);

/** The IPv4 policy routing rules of a namespace (ip-rule(8)), watched by rtnetlink. */
export class RuleMonitor {
  readonly #events: RouteSocket;
  readonly #requests: RouteSocket;
  readonly #stop: () => void;

  /** `failed` gets errors of the background reading. Throws SystemError. */
  constructor(options: {
    readonly namespace: NetworkNamespace;
    readonly onChange: () => void;
    readonly failed: (error: unknown) => void;
  }) {
    [this.#events, this.#requests] = options.namespace.run(
      () => [new RouteSocket(RTMGRP_IPV4_RULE), new RouteSocket(0)] as const,
    );
    this.#stop = pollReadable(
      this.#events.fd,
      () => {
        // What changed does not matter, so neither does what was lost.
        while (this.#events.receive(false).length > 0);
        options.onChange();
      },
      options.failed,
    );
  }

  /** Whether packets with the same addresses and protocol get the same route, whatever else they are. */
  addressesDecide(): boolean {
    const header = new Uint8Array(RULE_HEADER);
    header[0] = AF_INET;
    let decide = true;
    this.#requests.dump(RTM_GETRULE, header, ({ type, body }) => {
      if (type !== RTM_NEWRULE) return;
      for (const attribute of attributes(body, RULE_HEADER).keys()) decide &&= SAME_FOR_ALL.has(attribute);
    });
    return decide;
  }

  close(): void {
    this.#stop();
    this.#events.close();
    this.#requests.close();
  }
}
