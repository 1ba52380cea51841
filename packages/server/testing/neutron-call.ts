import type { Client } from '@midonet/contract';
import type { World } from './world.ts';

/** One call of an endpoint. */
export type Call = (client: Client, world: World) => Promise<unknown>;

/** What all kinds of Neutron's objects have; methods, so that each kind's own bodies fit. */
export type Resource = {
  list(): Promise<unknown>;
  create(args: { readonly body: object }): Promise<unknown>;
  get(args: { readonly id: string }): Promise<unknown>;
  update(args: { readonly id: string; readonly body: object }): Promise<unknown>;
  remove(args: { readonly id: string }): Promise<unknown>;
};

export type Bodies = (world: World) => { readonly id: string; readonly create: object; readonly update: object };

/** One call of each endpoint of a kind. */
export function calls(group: (client: Client) => Resource, bodies: Bodies): Record<keyof Resource, Call> {
  return {
    list: (c) => group(c).list(),
    create: (c, world) => group(c).create({ body: bodies(world).create }),
    get: (c, world) => group(c).get({ id: bodies(world).id }),
    update: (c, world) => group(c).update({ id: bodies(world).id, body: bodies(world).update }),
    remove: (c, world) => group(c).remove({ id: bodies(world).id }),
  };
}
