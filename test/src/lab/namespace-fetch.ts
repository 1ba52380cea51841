import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

type Reply = { id: number; status: number; headers: Record<string, string>; body: string; error?: string };

/** `fetch` as seen from inside a network namespace; fits wherever a fetch function is taken. */
export class NamespaceFetch {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #next = 1;

  constructor(namespace: string) {
    const worker = fileURLToPath(new URL('./fetch-worker.ts', import.meta.url));
    this.#child = spawn('ip', ['netns', 'exec', namespace, process.execPath, worker], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (this.#child.stdout === null) throw new Error('no stdout');
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const reply = JSON.parse(line) as Reply;
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
    this.#child.on('exit', () => {
      for (const [id, done] of this.#waiting) done({ id, status: 0, headers: {}, body: '', error: 'the worker ended' });
      this.#waiting.clear();
    });
  }

  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const request = new Request(input, init);
    const id = this.#next++;
    const body = await request.text();
    const reply = await new Promise<Reply>((resolve) => {
      this.#waiting.set(id, resolve);
      const message = {
        id,
        url: request.url,
        method: request.method,
        headers: Object.fromEntries(request.headers),
        ...(body === '' ? {} : { body }),
      };
      this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
    });
    if (reply.error !== undefined) throw new TypeError(reply.error);
    const empty = reply.status === 204 || reply.status === 304;
    return new Response(empty ? null : reply.body, { status: reply.status, headers: reply.headers });
  };

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}
