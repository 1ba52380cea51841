type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** The few calls the bench makes, in plain JSON with the token. */
export class MidonetApi {
  readonly #fetch: Fetch;
  readonly #base: string;
  readonly #token: string;

  constructor(fetch: Fetch, controller: string, token: string) {
    this.#fetch = fetch;
    this.#base = `${controller}/midonet-api`;
    this.#token = token;
  }

  async get(path: string): Promise<unknown> {
    const response = await this.#request('GET', path);
    if (response.status !== 200) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return await response.json();
  }

  /** The id of what was made. */
  async create(path: string, body: unknown): Promise<string> {
    const response = await this.#request('POST', path, body);
    const text = await response.text();
    if (response.status !== 201) throw new Error(`POST ${path}: ${response.status} ${text}`);
    return response.headers.get('location')?.split('/').at(-1) ?? '';
  }

  async post(path: string, body: unknown): Promise<void> {
    await this.#must('POST', path, body);
  }

  async put(path: string, body: unknown): Promise<void> {
    await this.#must('PUT', path, body);
  }

  async #must(method: string, path: string, body: unknown): Promise<void> {
    const response = await this.#request(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  }

  async answers(): Promise<boolean> {
    try {
      return (await this.#request('GET', '/')).status === 200;
    } catch {
      return false;
    }
  }

  #request(method: string, path: string, body?: unknown): Promise<Response> {
    return this.#fetch(`${this.#base}${path}`, {
      method,
      headers: { 'x-auth-token': this.#token, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}
