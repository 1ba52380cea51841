import { readFileSync } from 'node:fs';
import { systemClock, type Clock } from '../../clock.ts';
import type { Retention } from '../../core/core-store.ts';
import { DEFAULT_WATCH_QUEUE } from '../../limits.ts';
import { StoreError } from '../../store.ts';
import { EtcdStore } from './etcd-store.ts';
import { Fence } from './fence.ts';
import { LAYOUT_STEPS, type LayoutStep } from './layout-steps.ts';
import { upgradeLayout } from './layout-upgrade.ts';
import { Layout } from './layout.ts';
import { loadSnapshot } from './loader.ts';
import { Connection } from './rpc/connection.ts';
import type { Tls } from './rpc/endpoints.ts';
import { storeErrorOf } from './rpc/rpc-error.ts';
import { Session } from './session.ts';

export type { EtcdStatus, EtcdStore } from './etcd-store.ts';
export type { LayoutStep, RewrittenKey } from './layout-steps.ts';

export type EtcdStoreOptions = {
  /** `http://10.0.0.1:2379`, one or several of the same cluster, all http or all https. */
  readonly urls: readonly string[];
  /** What all keys in etcd start with; several stores may share a cluster. Default `/midonet`. */
  readonly prefix?: string | undefined;
  /** PEM files. The client certificate needs its key. */
  readonly tls?:
    | {
        readonly caFile?: string | undefined;
        readonly certFile?: string | undefined;
        readonly keyFile?: string | undefined;
      }
    | undefined;
  /** etcd's own users. The password is the file's first line. */
  readonly login?: { readonly user: string; readonly passwordFile: string } | undefined;
  readonly clock?: Clock | undefined;
  /** Default: the last 20,000 revisions. All controllers of a store should say the same; the shortest wins. */
  readonly retention?: Retention | undefined;
  readonly watchQueue?: number | undefined;
  /** One attempt at one member, default 2.5 s. */
  readonly attemptMs?: number | undefined;
  /** A call with all its attempts, default 10 s. */
  readonly operationMs?: number | undefined;
  /** After this without a sign of a controller the others look after its leases, default 15 s. */
  readonly sessionMs?: number | undefined;
  /** Which layouts this program knows. Only tests have a reason to say so. */
  readonly layoutSteps?: readonly LayoutStep[] | undefined;
};

/**
 * A store in etcd, for any number of controllers. Throws StoreError 'invalid' for options that cannot
 * be, 'unavailable' when etcd does not answer or lets nobody in, 'corrupt' when what is below the
 * prefix is not a store, or one of a newer program. One of an older program is upgraded first.
 */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<EtcdStore> {
  const { prefix = '/midonet', operationMs = 10_000 } = options;
  const layout = new Layout(prefix);
  const connection = new Connection({
    urls: options.urls,
    tls: readTls(options.tls),
    login: readLogin(options.login),
    attemptMs: options.attemptMs ?? 2500,
  });
  const session = new Session(connection, layout, options.sessionMs ?? 15_000);
  try {
    const format = await upgradeLayout(connection, layout, options.layoutSteps ?? LAYOUT_STEPS, operationMs);
    const fence = new Fence(layout, format);
    await session.start(performance.now() + operationMs);
    const snapshot = await loadSnapshot(connection, layout, performance.now() + 3 * operationMs);
    fence.check(snapshot.formatMod);
    return new EtcdStore(
      { connection, layout, fence, session, snapshot },
      {
        clock: options.clock ?? systemClock,
        retention: options.retention ?? { revisions: 20_000 },
        watchQueue: options.watchQueue ?? DEFAULT_WATCH_QUEUE,
        operationMs,
      },
    );
  } catch (error) {
    await session.close(performance.now() + operationMs);
    connection.close();
    throw storeErrorOf(error);
  }
}

function readTls(files: EtcdStoreOptions['tls']): Tls | undefined {
  if (files === undefined) return undefined;
  return { ca: read(files.caFile), certificate: read(files.certFile), key: read(files.keyFile) };
}

function readLogin(login: EtcdStoreOptions['login']): { name: string; password: string } | undefined {
  if (login === undefined) return undefined;
  const password = read(login.passwordFile)?.toString('utf8').split(/\r?\n/, 1)[0] ?? '';
  if (password === '') throw new StoreError('invalid', `${login.passwordFile} has no password in its first line`);
  return { name: login.user, password };
}

function read(path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StoreError('invalid', `cannot read ${path}: ${why}`, { cause: error });
  }
}
