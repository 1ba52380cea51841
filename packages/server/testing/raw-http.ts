import { Agent, request } from 'node:http';

/** For thousands of requests, one after the other: they share a connection. */
export const oneAfterTheOther = new Agent({ keepAlive: true });

export type RawAnswer = {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
};

/** One request exactly as given: fetch refuses bodies on GET, which existing clients send. */
export function rawRequest(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body = '',
  /** Keeps connections between requests; without it each has its own. */
  agent: Agent | false = false,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const outgoing = request(
      url,
      { agent, method, headers: { ...headers, ...(body === '' ? {} : length) } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
