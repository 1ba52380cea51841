import type { Store } from '@midonet/store';
import { openEmbeddedStore } from '@midonet/store/embedded';
import { openEtcdStore, type EtcdStoreOptions } from '@midonet/store/etcd';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where a store is: in etcd, or in a folder of this machine. */
export type StorePlace =
  | { readonly kind: 'embedded'; readonly stateDir: string }
  | { readonly kind: 'etcd'; readonly options: EtcdStoreOptions };

const text = { type: 'string' } as const;

/** How far back the store remembers; undefined: as far as it does by itself. */
export type HistoryKept = { readonly revisions: number | undefined; readonly ms: number | undefined };

/** What is kept when nothing is said: on disk much, in the memory of each controller less. */
const KEPT = { embedded: 1_000_000, etcd: 20_000 } as const;

/** For parseArgs. */
export const ETCD_FLAGS = {
  etcd: { type: 'string', multiple: true },
  'etcd-prefix': text,
  'etcd-ca': text,
  'etcd-cert': text,
  'etcd-key': text,
  'etcd-user': text,
  'etcd-password-file': text,
} as const;

export const ETCD_HELP = `  --etcd URL             a member of the etcd cluster that is the store; several
                         times for several members
  --etcd-prefix TEXT     what all keys in etcd start with (/midonet)
  --etcd-ca FILE         PEM: whom to trust as etcd
  --etcd-cert FILE       PEM: who this is to etcd; with --etcd-key FILE
  --etcd-user NAME       one of etcd's users; its password is the first line of
                         --etcd-password-file FILE`;

type EtcdValues = { readonly [K in Exclude<keyof typeof ETCD_FLAGS, 'etcd'>]?: string | undefined } & {
  readonly etcd?: readonly string[] | undefined;
};

/** Undefined when the flags name no etcd. Throws what is wrong with them, as text. */
export function etcdPlace(values: EtcdValues): StorePlace | undefined {
  const urls = (values.etcd ?? []).flatMap((list) => list.split(',')).filter((url) => url !== '');
  if (urls.length === 0) {
    const lonely = Object.entries(values).find(([name, value]) => name.startsWith('etcd-') && value !== undefined);
    if (lonely !== undefined) throw new Error(`--${lonely[0]} needs --etcd URL`);
    return undefined;
  }
  const { 'etcd-ca': caFile, 'etcd-cert': certFile, 'etcd-key': keyFile } = values;
  const { 'etcd-user': user, 'etcd-password-file': passwordFile, 'etcd-prefix': prefix } = values;
  if ((user === undefined) !== (passwordFile === undefined)) {
    throw new Error('--etcd-user and --etcd-password-file go together');
  }
  const tls = caFile ?? certFile ?? keyFile;
  return {
    kind: 'etcd',
    options: {
      urls,
      prefix,
      ...(tls !== undefined && { tls: { caFile, certFile, keyFile } }),
      ...(user !== undefined && passwordFile !== undefined && { login: { user, passwordFile } }),
    },
  };
}

/** `history`: of controllers; whoever only copies a store leaves its history as it is. */
export async function openPlace(place: StorePlace, history?: HistoryKept): Promise<Store> {
  const retention =
    history === undefined ? undefined : { ...history, revisions: history.revisions ?? KEPT[place.kind] };
  switch (place.kind) {
    case 'etcd':
      return openEtcdStore({ ...place.options, retention });
    case 'embedded':
      mkdirSync(place.stateDir, { recursive: true, mode: 0o700 });
      return openEmbeddedStore({ file: join(place.stateDir, 'topology.db'), retention });
  }
}
