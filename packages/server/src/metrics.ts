import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { NatMessage, NatReply } from './nat/nat-messages.ts';
import { ShortAddresses } from './nat/short-addresses.ts';

/** What a controller counts. One registry each, so that several run in one process. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Histogram({
    name: 'midonet_api_request_seconds',
    help: 'Time to answer a request, by method, route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
    registers: [this.#registry],
  });
  readonly conflicts = new Counter({
    name: 'midonet_api_conflicts_total',
    help: 'Transactions tried again because somebody else wrote first',
    registers: [this.#registry],
  });
  readonly watchConnections = new Gauge({
    name: 'midonet_watch_connections',
    help: 'Open watch connections',
    registers: [this.#registry],
  });
  readonly watchSubscriptions = new Gauge({
    name: 'midonet_watch_subscriptions',
    help: 'Open subscriptions of all watch connections',
    registers: [this.#registry],
  });
  readonly watchResyncs = new Counter({
    name: 'midonet_watch_resyncs_total',
    help: 'Subscriptions told to start over, by reason',
    labelNames: ['reason'],
    registers: [this.#registry],
  });
  readonly watchRefused = new Counter({
    name: 'midonet_watch_refused_total',
    help: 'Watch messages refused, by code',
    labelNames: ['code'],
    registers: [this.#registry],
  });
  readonly rowsWritten = new Counter({
    name: 'midonet_watch_rows_total',
    help: 'Shared rows written by agents',
    registers: [this.#registry],
  });

  readonly loginsFailed = new Counter({
    name: 'midonet_logins_failed_total',
    help: 'Logins refused because user or password was wrong',
    registers: [this.#registry],
  });
  readonly limited = new Counter({
    name: 'midonet_limited_total',
    help: 'Requests answered 429 and connections closed, by limit',
    labelNames: ['limit'],
    registers: [this.#registry],
  });
  readonly limitsEvicted = new Counter({
    name: 'midonet_limits_evicted_total',
    help: 'Entries of rate limits that made room for others, by table',
    labelNames: ['table'],
    registers: [this.#registry],
  });
  readonly keystone = new Counter({
    name: 'midonet_keystone_total',
    help: 'Tokens that Keystone was asked about, by outcome; busy: it was not asked',
    labelNames: ['outcome'],
    registers: [this.#registry],
  });
  readonly auditPruned = new Counter({
    name: 'midonet_audit_pruned_total',
    help: 'Audit records deleted because they were too old or too many',
    registers: [this.#registry],
  });
  readonly #natBlocks = new Counter({
    name: 'midonet_nat_blocks_total',
    help: 'Blocks of NAT ports leased anew, renewed and given back',
    labelNames: ['what'],
    registers: [this.#registry],
  });
  readonly #natRefused = new Counter({
    name: 'midonet_nat_refused_total',
    help: 'Requests for blocks of NAT ports refused; exhausted: every port is leased to some host',
    labelNames: ['code'],
    registers: [this.#registry],
  });
  readonly #natShort = new Gauge({
    name: 'midonet_nat_short_addresses',
    help: 'Addresses of which less than a tenth of the asked ports was not leased when a host last asked here',
    registers: [this.#registry],
  });
  readonly #shortOf = new ShortAddresses();

  observeNat(message: NatMessage, answer: NatReply): void {
    if (answer.op === 'refused') this.#natRefused.inc({ code: answer.code });
    switch (message.op) {
      case 'natLease':
        this.#shortOf.observe(message, answer);
        this.#natShort.set(this.#shortOf.size);
        if (answer.op === 'natBlocks') this.#natBlocks.inc({ what: 'leased' }, answer.blocks.length);
        return;
      case 'natRenew':
        if (answer.op === 'natBlocks') this.#natBlocks.inc({ what: 'renewed' }, answer.blocks.length);
        return;
      case 'natRelease':
        this.#natBlocks.inc({ what: 'released' }, message.blocks.length);
        return;
    }
  }

  observeRequest(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status: String(status) }, seconds);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }
}
