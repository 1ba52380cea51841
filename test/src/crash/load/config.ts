/** What the process that puts load on the controllers is started with, as JSON. */
export type LoadConfig = {
  readonly seed: number;
  readonly token: string;
  readonly controllers: readonly string[];
  /** Where to read what the store did; absent when only one process at a time can, and that is a controller. */
  readonly etcd?: readonly string[] | undefined;
  readonly clients: number;
  readonly watchers: number;
  readonly hosts: number;
};

/**
 * Lines to it: `log` reads up what the store did, `finish` ends it. Lines from it, beside those of
 * the record: it is up, it has read the log, it is done.
 */
export type LoadSign = { readonly kind: 'ready' } | { readonly kind: 'logged' } | { readonly kind: 'done' };
