import { VERSION, type ListenAddress } from '@midonet/contract';
import { startMetricsListener, type MetricsSource } from '@midonet/contract/metrics-listener';
import type { Store } from '@midonet/store';
import type { Server as SecureServer } from 'node:https';
import { pino, type Logger } from 'pino';
import { AccessStore } from './access/access-store.ts';
import { handlerSource } from './access/handler-source.ts';
import { HandlerTable } from './access/handler-table.ts';
import { TenantIndex } from './access/tenant-index.ts';
import { Passwords, type PasswordCost } from './access/passwords.ts';
import { AUDIT_RETENTION, AuditTrail, type AuditRetention } from './audit/audit-trail.ts';
import { Authenticator, type AuthOptions } from './auth/authenticator.ts';
import { keystoneOf, type KeystoneOptions } from './auth/keystone.ts';
import { answersSoon } from './answers-soon.ts';
import { systemClock, type Clock } from './clock.ts';
import { buildApp, HTTP_TIMES, type HttpTimes } from './http/app.ts';
import { CallerCounts } from './limits/caller-counts.ts';
import { CONNECTION_BOUNDS, Connections, type ConnectionBounds } from './limits/connections.ts';
import { LIMIT_DEFAULTS, Limits, type LimitOptions } from './limits/limits.ts';
import { Metrics } from './metrics.ts';
import { CertificateReloader, readPair, type TlsFiles } from './tls/certificate.ts';
import { exchangeKeys } from './watch/exchange-keys.ts';
import { HostReports } from './drops/host-reports.ts';
import { NatLeases } from './nat/nat-leases.ts';
import { WATCH_DEFAULTS, type WatchOptions } from './watch/connection.ts';
import { HostRegistry } from './watch/host-registry.ts';
import { WatchHub } from './watch/hub.ts';
import { SendBudget } from './watch/outbox.ts';
import { WatchServer } from './watch/watch-server.ts';

/** Over all connections of one user, token or host. */
const SUBSCRIPTIONS_OF_CALLER = 20_000;
/** Text that waits for all readers of watches together. */
const SEND_BUDGET = 256 << 20;

/** Requests under way may end within this time when the controller stops. */
const CLOSING_GRACE_MS = 2_000;

export type ControllerOptions = {
  readonly listen: ListenAddress;
  /** Where monitoring may ask without a token; nowhere when absent. */
  readonly metrics?: ListenAddress | undefined;
  readonly store: Store;
  readonly auth: AuthOptions;
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
  /** Serves HTTPS with these files, and follows them when they change. */
  readonly tls?: TlsFiles | undefined;
  /** Tokens of this Keystone are good here as well. */
  readonly keystone?: KeystoneOptions | undefined;
  readonly limits?: Partial<LimitOptions> | undefined;
  readonly times?: Partial<HttpTimes> | undefined;
  readonly connections?: Partial<ConnectionBounds> | undefined;
  readonly audit?: Partial<AuditRetention> | undefined;
  /** What deriving a new password costs. Only tests have a reason to make that cheap. */
  readonly passwordCost?: PasswordCost | undefined;
  readonly watch?: Partial<WatchOptions> | undefined;
};

export type Controller = {
  readonly address: { readonly host: string; readonly port: number };
  /** `http://…/midonet-api`, or `https:`. */
  readonly url: string;
  /** Where monitoring asks, when it was given a place. */
  readonly metricsUrl: string | undefined;
  /** Reads the certificate files anew; without TLS it does nothing. */
  reloadCertificate(): void;
  /** Stops serving; the store stays open, it belongs to the caller. Idempotent. */
  close(): Promise<void>;
};

/** Serves the API and the watch over a store. Any number may run over one store. */
export async function startController(options: ControllerOptions): Promise<Controller> {
  const { store, listen } = options;
  const logger = options.logger ?? pino({ level: 'silent' });
  const clock = options.clock ?? systemClock;
  if (options.auth.kind === 'none') {
    logger.warn('AUTHENTICATION IS OFF: whoever reaches this address owns the network. For labs only.');
  }
  const metrics = new Metrics();
  const limits = new Limits({ ...LIMIT_DEFAULTS, ...options.limits }, { clock, metrics });
  const connections = new Connections({ ...CONNECTION_BOUNDS, ...options.connections }, { clock, metrics });
  const access = new AccessStore(store, clock);
  const passwords = new Passwords(options.passwordCost);
  const others = options.keystone === undefined ? {} : keystoneOf(options.keystone, { clock, metrics, logger });
  const authenticator = new Authenticator(options.auth, { clock, store, access, passwords, limits, ...others });
  const auditTrail = new AuditTrail({ ...AUDIT_RETENTION, ...options.audit }, { store, clock, metrics, logger });
  auditTrail.start();
  const hub = new WatchHub({ store, logger, clock });
  await hub.start();
  const reports = new HostReports({ store, clock, logger });
  const shared = { authenticator, passwords, auditTrail, limits, metrics, clock, reports, version: VERSION };
  const { reader, writer } = handlerSource(store, shared);
  const handlers = new HandlerTable(store, shared);
  const healthy = () => answersSoon(store, clock);
  const pair = options.tls === undefined ? undefined : readPair(options.tls);
  const app = buildApp(
    { version: VERSION, tls: pair, times: { ...HTTP_TIMES, ...options.times } },
    { handlers, store, authenticator, limits, connections, metrics, logger, healthy },
  );
  const registry = new HostRegistry({ store, reader, writer });
  const watchOptions = { ...WATCH_DEFAULTS, ...options.watch };
  const natLeases = new NatLeases({ store, clock, random: Math.random }, watchOptions.natLeaseMs);
  const watch = new WatchServer(watchOptions, {
    store,
    hub,
    registry,
    tenants: new TenantIndex(store, hub),
    natLeases,
    reports,
    exchangeKeys: await exchangeKeys(store),
    authenticator,
    limits,
    connections,
    subscriptions: new CallerCounts(SUBSCRIPTIONS_OF_CALLER),
    budget: new SendBudget(SEND_BUDGET),
    clock,
    metrics,
    logger,
  });
  connections.attach(app.server, pair !== undefined);
  watch.attach(app.server);
  await app.listen(listen);
  const bound = app.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : listen.port;
  const reloader =
    options.tls === undefined || pair === undefined
      ? undefined
      : new CertificateReloader(options.tls, app.server as unknown as SecureServer, { clock, logger, pair }); // made so by app.ts
  const monitoring = options.metrics && (await startMetricsListener(options.metrics, monitored(metrics, healthy)));
  const url = `${pair === undefined ? 'http' : 'https'}://${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${port}/midonet-api`;
  logger.info({ url, metrics: monitoring?.url, version: VERSION }, 'the controller answers');
  let closing: Promise<void> | undefined;
  return {
    address: { host: listen.host, port },
    url,
    metricsUrl: monitoring?.url,
    reloadCertificate() {
      reloader?.reload();
    },
    close() {
      closing ??= (async () => {
        monitoring?.close();
        reloader?.close();
        auditTrail.stop();
        await watch.close();
        await reports.close();
        hub.close();
        // A peer that connected and never asked is neither idle nor served, and nothing times it out any more.
        const grace = setTimeout(() => app.server.closeAllConnections(), CLOSING_GRACE_MS);
        await app.close();
        clearTimeout(grace);
      })();
      return closing;
    },
  };
}

function monitored(metrics: Metrics, healthy: () => Promise<void>): MetricsSource {
  return {
    contentType: metrics.contentType,
    render: () => metrics.render(),
    unready: () =>
      healthy().then(
        () => undefined,
        (error: unknown) => `the store does not answer: ${error instanceof Error ? error.message : String(error)}`,
      ),
  };
}
