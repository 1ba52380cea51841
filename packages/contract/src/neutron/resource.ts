import type { z } from 'zod';
import type { Endpoint } from '../endpoint.ts';
import { itemType } from '../media.ts';
import { answerShape, type NeutronDto } from './wire-shape.ts';

type Shape<S extends z.ZodObject> = {
  /** `a network`, `networks`. */
  readonly words: readonly [one: string, many: string];
  /** Names of the media types: `Network`, `Networks`. */
  readonly media: readonly [one: string, many: string];
  readonly schema: S;
  readonly query?: readonly string[];
};

type Dto = z.ZodType<NeutronDto>;

/** An endpoint of Neutron's: its object is changed with all that it is in the topology, and always comes back. */
export function compound<P extends string, Req extends z.ZodType | undefined, Res extends z.ZodType | undefined>(
  method: Endpoint['method'],
  path: P,
  def: {
    readonly summary: string;
    readonly media: readonly string[];
    readonly bodyMedia?: readonly string[];
    readonly request: Req;
    readonly response: Res;
    readonly query?: readonly string[];
  },
): Endpoint<P, Req, Res> {
  return { bodyMedia: [], query: [], ...def, method, path, permission: 'admin', compound: true };
}

/** List, create (one or many), show, change and delete objects of a kind. */
export function resource<P extends string, S extends z.ZodObject>(path: P, { words, media, schema, query }: Shape<S>) {
  const [one, many] = words;
  const [item, list] = media.map((name) => itemType(`neutron.${name}`, 1));
  const types = { one: item === undefined ? [] : [item], many: list === undefined ? [] : [list] };
  const shown: Dto = answerShape(schema);
  const at = `${path}/{id}` as const;
  return {
    list: compound('GET', path, {
      summary: `List Neutron's ${many}`,
      media: types.many,
      request: undefined,
      response: shown.array(),
      query: query ?? [],
    }),
    create: compound('POST', path, {
      summary: `Take over ${one} of Neutron's, or a list of them`,
      media: types.one,
      bodyMedia: [...types.one, ...types.many],
      request: schema,
      response: shown,
    }),
    get: compound('GET', at, {
      summary: `Show ${one} of Neutron's`,
      media: types.one,
      request: undefined,
      response: shown,
    }),
    update: compound('PUT', at, {
      summary: `Change ${one} of Neutron's; absent members stay`,
      media: types.one,
      bodyMedia: types.one,
      request: schema.partial(),
      response: shown,
    }),
    remove: compound('DELETE', at, {
      summary: `Delete ${one} of Neutron's with all that it is in the topology`,
      media: types.one,
      request: undefined,
      response: undefined,
    }),
  } as const;
}
