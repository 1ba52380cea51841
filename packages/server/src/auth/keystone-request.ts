/** From the first octet sent to the last one read. */
const TIMEOUT_MS = 5_000;

const JSON_BODY = { 'content-type': 'application/json' } as const;

/** More came than is read. */
export class AnswerTooLong extends Error {
  constructor(limit: number) {
    super(`its answer is longer than the ${limit >> 10} KiB that are read of it`);
    this.name = 'AnswerTooLong';
  }
}

/** `token`: what it hands out, in a header of its own. */
export type Answer = { readonly status: number; readonly text: string; readonly token: string | undefined };

type Question = {
  readonly headers: Readonly<Record<string, string>>;
  readonly limit: number;
  /** Sent as JSON, by POST. */
  readonly body?: object;
};

/** Asks Keystone for something. Bounded in time, and in octets, of what was compressed as it is then. */
export async function askKeystone(url: string, { headers, limit, body }: Question): Promise<Answer> {
  const response = await fetch(url, {
    headers: { ...headers, accept: 'application/json', ...(body === undefined ? {} : JSON_BODY) },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const token = response.headers.get('x-subject-token') ?? undefined;
  return { status: response.status, text: await readAtMost(response, limit), token };
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
