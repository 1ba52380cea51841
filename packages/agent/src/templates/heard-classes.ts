import type { Connection } from '@midonet/flow';
import { classKey, type ConnectionClass } from './connection-class.ts';

/** Whose class it is, and its number there. */
export type ClassId = { readonly host: string; readonly number: number };

/** Classes known at most; beyond them the one told longest ago goes. */
const MOST = 4096;

/** Classes of connections that begin elsewhere and are answered here, as their hosts have told. */
export class HeardClasses {
  readonly #classes = new Map<string, ConnectionClass>();
  readonly #ids = new Map<string, ClassId>();

  get size(): number {
    return this.#classes.size;
  }

  tell(id: ClassId, members: ConnectionClass): void {
    const text = textOf(id);
    this.#drop(text);
    this.#classes.set(text, members);
    this.#ids.set(classKey(members), id);
    if (this.#classes.size <= MOST) return;
    for (const oldest of this.#classes.keys()) {
      this.#drop(oldest);
      return;
    }
  }

  get(id: ClassId): ConnectionClass | undefined {
    return this.#classes.get(textOf(id));
  }

  /** The class that the connections of one packet are of, as far as devices and ends tell. */
  of(connections: readonly Connection[]): ClassId | undefined {
    return this.#ids.get(classKey(connections));
  }

  #drop(text: string): void {
    const members = this.#classes.get(text);
    if (members === undefined) return;
    this.#classes.delete(text);
    const key = classKey(members);
    const id = this.#ids.get(key);
    if (id !== undefined && textOf(id) === text) this.#ids.delete(key);
  }
}

function textOf({ host, number }: ClassId): string {
  return `${host} ${number}`;
}
