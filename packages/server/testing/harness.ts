import { createClient, type Client } from '@midonet/contract';
import type { Store } from '@midonet/store';
import { openMemoryStore } from '@midonet/store/memory';
import type { PasswordCost } from '../src/access/passwords.ts';
import { startController, type Controller, type ControllerOptions } from '../src/controller.ts';

export const TOKEN = 'a-token-for-tests';

/** A thousandth of the real cost: there are more logins in the tests than in a month of a cloud. */
const CHEAP: PasswordCost = { N: 1 << 5, r: 8, p: 1 };

export type Harness = {
  readonly store: Store;
  readonly controller: Controller;
  readonly client: Client;
  /** Plain HTTP below the API's base, with the token. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** A controller over a store in memory, on a port of its own on the loopback. */
export async function startHarness(options: Partial<ControllerOptions> = {}): Promise<Harness> {
  const store = options.store ?? openMemoryStore();
  const controller = await startController({
    listen: { host: '127.0.0.1', port: 0 },
    auth: { kind: 'token', token: TOKEN },
    passwordCost: CHEAP,
    ...options,
    store,
  });
  return {
    store,
    controller,
    client: createClient({ baseUrl: controller.url, token: TOKEN }),
    fetch: (path, init = {}) => {
      const headers = new Headers(init.headers);
      if (!headers.has('x-auth-token')) headers.set('x-auth-token', TOKEN);
      return fetch(controller.url + path, { ...init, headers });
    },
    async [Symbol.asyncDispose]() {
      await controller.close();
      if (options.store === undefined) await store.close();
    },
  };
}
