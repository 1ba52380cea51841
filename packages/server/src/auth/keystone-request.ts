/** From the first octet sent to the last one read. */
const TIMEOUT_MS = 5_000;

/** More came than is read. */
export class AnswerTooLong extends Error {
  constructor(limit: number) {
    super(`its answer is longer than the ${limit >> 10} KiB that are read of it`);
    this.name = 'AnswerTooLong';
  }
}

export type Answer = { readonly status: number; readonly text: string };

/** Asks Keystone for something with a token. Bounded in time, and in octets, of what was compressed as it is then. */
export async function askKeystone(
  url: string,
  { headers, limit }: { readonly headers: Readonly<Record<string, string>>; readonly limit: number },
): Promise<Answer> {
  const response = await fetch(url, {
    headers: { ...headers, accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return { status: response.status, text: await readAtMost(response, limit) };
}

async function readAtMost({ headers, body }: Response, limit: number): Promise<string> {
  if (body === null) return '';
  const said = Number(headers.get('content-length') ?? 0);
  if (said > limit) {
    await body.cancel();
    throw new AnswerTooLong(limit);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Whoever leaves this loop cancels the rest, and with it the connection.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > limit) throw new AnswerTooLong(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
