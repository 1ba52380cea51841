import { StoreError, type LeaseId, type Revision } from '../../store.ts';

/**
 * What is where in etcd, below the store's prefix:
 *
 *   format           which layout this is (format.ts); no write passes when it changed since the store was opened
 *   head             the revision of the store; every transaction compares and writes it
 *   log/<revision>   one transaction of the store: who, when, what (record.ts); revision in 14 hex digits
 *   compacted        up to which revision history is forgotten
 *   data/<key>       entries as of `compacted`, once the log up to there is folded in
 *   lease/<id>       a lease of the store, and which controller looks after it
 *   session/<id>     a controller that lives; bound to a lease of etcd
 */
export class Layout {
  readonly #root: string;

  /** `/midonet` and `midonet/` are the same store. Throws StoreError 'invalid' for an empty prefix. */
  constructor(prefix: string) {
    const name = prefix.replace(/^\/+|\/+$/g, '');
    if (name === '' || name.includes('\0')) {
      throw new StoreError('invalid', `the prefix in etcd must name something, as /midonet; got "${prefix}"`);
    }
    this.#root = `/${name}/`;
  }

  /** For messages. */
  get prefix(): string {
    return this.#root.slice(0, -1);
  }
  get everything(): KeyRange {
    return below(this.#root);
  }
  get format(): Buffer {
    return this.#key('format');
  }
  get head(): Buffer {
    return this.#key('head');
  }
  get compacted(): Buffer {
    return this.#key('compacted');
  }
  get logs(): KeyRange {
    return below(`${this.#root}log/`);
  }
  get entries(): KeyRange {
    return below(`${this.#root}data/`);
  }

  log(revision: Revision): Buffer {
    return this.#key(`log/${revision.toString(16).padStart(14, '0')}`);
  }
  /** All of the log up to `revision`, inclusive. */
  logsUpTo(revision: Revision): KeyRange {
    return { key: this.logs.key, range_end: this.log((revision + 1) as Revision) }; // brand: the next revision
  }
  entry(key: string): Buffer {
    return this.#key(`data/${key}`);
  }
  lease(id: LeaseId): Buffer {
    return this.#key(`lease/${id}`);
  }
  session(id: string): Buffer {
    return this.#key(`session/${id}`);
  }

  folder(name: string): KeyRange {
    return below(this.#root + name);
  }
  named(name: string): Buffer {
    return this.#key(name);
  }
  /** The other way round. */
  nameOf(key: Buffer): string {
    return key.toString('utf8').slice(this.#root.length);
  }

  /** What a key of etcd is; undefined for what a newer version may have put there. */
  parse(key: Buffer): Place | undefined {
    const text = this.nameOf(key);
    const slash = text.indexOf('/');
    const rest = text.slice(slash + 1);
    switch (slash < 0 ? text : text.slice(0, slash)) {
      case 'format':
        return { kind: 'format' };
      case 'head':
        return { kind: 'head' };
      case 'compacted':
        return { kind: 'compacted' };
      case 'log':
        return { kind: 'log', revision: parseInt(rest, 16) as Revision }; // brand: this driver wrote it
      case 'data':
        return { kind: 'data', key: rest };
      case 'lease':
        return { kind: 'lease', id: rest as LeaseId }; // brand: as above
      case 'session':
        return { kind: 'session', id: rest };
      default:
        return undefined;
    }
  }

  #key(rest: string): Buffer {
    return Buffer.from(this.#root + rest);
  }
}

export type KeyRange = { readonly key: Buffer; readonly range_end: Buffer };

export type Place =
  | { readonly kind: 'format' | 'head' | 'compacted' }
  | { readonly kind: 'log'; readonly revision: Revision }
  | { readonly kind: 'data'; readonly key: string }
  | { readonly kind: 'lease'; readonly id: LeaseId }
  | { readonly kind: 'session'; readonly id: string };

/** Every key that starts with this text, which ends with a slash: up to the same text with a 0 instead. */
function below(prefix: string): KeyRange {
  return { key: Buffer.from(prefix), range_end: Buffer.from(`${prefix.slice(0, -1)}0`) };
}
