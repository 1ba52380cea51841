import { allEndpoints, fillPath, patchables, type Client, type NamedEndpoint } from '@midonet/contract';

export type Operation = Parameters<Client['batch']['run']>[0]['body']['operations'][number];

type Arguments = Readonly<Record<string, unknown>>;
type Call = { readonly named: NamedEndpoint; readonly method: Operation['method'] };

/**
 * A client that does nothing yet: what it is asked to change it writes down, to be done as one batch. What it
 * is asked to read it reads, and of objects that are yet to be made it gives what was said of them.
 *
 * An object that is changed under a condition (the ETag that it was seen with) is looked at before all else: an
 * empty PATCH with that ETag goes first. Behind it the batch itself changes the object, or what hangs on it.
 */
export class Recording {
  readonly client: Client;
  readonly #real: Client;
  readonly #guards = new Map<string, Operation>();
  readonly #operations: Operation[] = [];
  /** By id. */
  readonly #made = new Map<string, object>();

  constructor(real: Client) {
    this.#real = real;
    const client: Record<string, Record<string, unknown>> = {};
    for (const named of allEndpoints()) {
      const { group, operation, endpoint } = named;
      const of = (client[group] ??= {});
      of[operation] = (args: Arguments = {}) =>
        endpoint.method === 'GET' ? this.#read(named, args) : this.#write({ named, method: endpoint.method }, args);
    }
    for (const { writing } of patchables()) {
      const of = (client[writing.group] ??= {});
      of['patch'] = (args: Arguments) => this.#write({ named: writing, method: 'PATCH' }, args);
    }
    client['batch'] = { run: ({ body }: Parameters<Client['batch']['run']>[0]) => this.#batch(body.operations) };
    // The loops make exactly what the type says, as those of createClient do.
    this.client = client as unknown as Client;
  }

  /** How many operations there are by now, guards not counted. */
  get length(): number {
    return this.#operations.length;
  }

  get guards(): readonly Operation[] {
    return [...this.#guards.values()];
  }

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  #read({ group, operation }: NamedEndpoint, args: Arguments): Promise<unknown> {
    const { id } = args;
    const made = typeof id === 'string' ? this.#made.get(id) : undefined;
    if (made !== undefined) return Promise.resolve(made);
    const methods = this.#real as unknown as Readonly<
      Record<string, Record<string, (a: Arguments) => Promise<unknown>>>
    >;
    const method = methods[group]?.[operation];
    return method === undefined ? Promise.reject(new TypeError(`no ${group}.${operation}`)) : method(args);
  }

  #write({ named, method }: Call, args: Arguments): Promise<undefined> {
    const params = Object.entries(args).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    const path = fillPath(named.endpoint.path, Object.fromEntries(params));
    const { body, ifMatch, headers } = args;
    const condition = ifMatch ?? (isRecord(headers) ? headers['if-match'] : undefined);
    this.#record({ method, path, body: body ?? {}, ifMatch: typeof condition === 'string' ? condition : undefined });
    return Promise.resolve(undefined);
  }

  #batch(operations: readonly Operation[]): Promise<{ results: [] }> {
    for (const one of operations) this.#record(one);
    return Promise.resolve({ results: [] });
  }

  #record({ method, path, body, ifMatch }: Operation): void {
    const id = isRecord(body) ? body['id'] : undefined;
    if (method === 'POST' && typeof id === 'string' && isRecord(body)) this.#made.set(id, body);
    if (typeof ifMatch === 'string' && ifMatch !== '*' && !this.#guards.has(path)) {
      this.#guards.set(path, { method: 'PATCH', path, ifMatch, body: {} });
    }
    this.#operations.push({ method, path, body, ...(method === 'PATCH' ? { ifMatch: '*' } : {}) });
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
