/**
 * A long list that is read as it is sent: in the order of its ids, from behind one of them, never as
 * a whole. Handlers of lists answer an array, or this.
 */
export class Scan<T> {
  readonly from: (after: string | undefined) => AsyncIterable<T>;

  constructor(from: (after: string | undefined) => AsyncIterable<T>) {
    this.from = from;
  }
}

/** Presents what a scan finds, some at a time. */
export async function* presented<A, B>(source: AsyncIterable<A>, present: (value: A) => Promise<B>): AsyncGenerator<B> {
  const window: A[] = [];
  for await (const value of source) {
    window.push(value);
    if (window.length >= WINDOW) yield* await Promise.all(window.splice(0).map(present));
  }
  yield* await Promise.all(window.map(present));
}

const WINDOW = 64;

export async function* filtered<T>(source: AsyncIterable<T>, wanted: (value: T) => boolean): AsyncGenerator<T> {
  for await (const value of source) if (wanted(value)) yield value;
}
