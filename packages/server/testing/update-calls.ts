import { patchables, type Client, type Patchable } from '@midonet/contract';
import { CALLS } from './endpoint-calls.ts';
import type { World } from './world.ts';

export type UpdateCall = Patchable & {
  /** Below the API's root. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
};

type Seen = { readonly body?: UpdateCall['body'] } & Readonly<Record<string, unknown>>;

/** What CALLS would PUT, for every address that can be PUT. */
export function updateCalls(world: World): UpdateCall[] {
  return patchables().map((one) => {
    const { group, endpoint } = one.writing;
    let seen: Seen = {};
    const listener = { [group]: { update: (args: Seen) => Promise.resolve((seen = args)) } };
    const calls: Readonly<Record<string, Readonly<Record<string, (client: Client, world: World) => unknown>>>> = CALLS;
    void calls[group]?.['update']?.(listener as unknown as Client, world); // it uses no more of a client than this
    const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(seen[name])));
    return { ...one, path, body: seen.body ?? {} };
  });
}
