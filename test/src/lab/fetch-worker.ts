/**
 * Runs inside a namespace and does HTTP for a test outside of it: one JSON line per request on
 * stdin, one per response on stdout.
 */
import { createInterface } from 'node:readline';

type Request = { id: number; url: string; method: string; headers: Record<string, string>; body?: string };

for await (const line of createInterface({ input: process.stdin })) {
  void answer(JSON.parse(line) as Request);
}

async function answer(request: Request): Promise<void> {
  let reply: unknown;
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    reply = {
      id: request.id,
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    reply = { id: request.id, error: `${String(error)}${cause}` };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
