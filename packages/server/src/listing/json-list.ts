/** Lists up to this length are answered as a whole, with an ETag; longer ones as they are read. */
const WHOLE = 64 * 1024;

/** The text of a list: the whole of it, or its first part and the rest to come. */
export type JsonList =
  | { readonly kind: 'whole'; readonly text: string }
  | { readonly kind: 'long'; readonly parts: AsyncGenerator<string> };

export async function jsonList(items: AsyncIterable<unknown>): Promise<JsonList> {
  const parts = partsOf(items);
  const first = await parts.next();
  const second = first.done === true ? first : await parts.next();
  if (second.done === true) return { kind: 'whole', text: first.value ?? '[]' };
  return { kind: 'long', parts: together([first.value ?? '', second.value], parts) };
}

/** Pieces of about the length of WHOLE; the array's brackets are in the first and last. */
async function* partsOf(items: AsyncIterable<unknown>): AsyncGenerator<string, undefined> {
  let part = '[';
  let empty = true;
  for await (const item of items) {
    if (part.length >= WHOLE) {
      yield part;
      part = '';
    }
    part += `${empty ? '' : ','}${JSON.stringify(item)}`;
    empty = false;
  }
  yield `${part}]`;
}

async function* together(first: readonly string[], rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield* first;
  yield* rest;
}
