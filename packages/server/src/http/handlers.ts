import type { Base, Endpoint, Endpoints, PathParams, Schema } from '@midonet/contract';
import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { Actor, Identity } from '../access/identity.ts';
import type { Reach } from '../access/policy.ts';
import type { Scan } from '../listing/scan.ts';

/** Who asks, and how far they reach with this endpoint. */
export type Caller = { readonly identity: Identity; readonly reach: Reach };

/** A request as a handler sees it: decoded, authenticated, with absolute links at hand. */
export type Request<E> =
  E extends Endpoint<infer P, infer Req>
    ? {
        readonly params: { readonly [K in PathParams<P>]: string };
        readonly body: Req extends z.ZodType ? z.output<Req> : undefined;
        /** Members that a merge patch takes away: null in a PUT often means "as it was". */
        readonly removed: ReadonlySet<string>;
        readonly query: Readonly<Record<string, string | undefined>>;
        readonly base: Base;
        readonly author: Actor;
        readonly caller: Caller;
        readonly headers: IncomingHttpHeaders;
      }
    : never;

/** What goes back. `headers` are for the one that has some (login). */
export type Answer<E> =
  E extends Endpoint<string, Schema, infer Res>
    ? Res extends z.ZodArray<infer Item>
      ? z.output<Item>[] | Scan<z.output<Item>>
      : Res extends z.ZodType
        ? z.output<Res>
        : undefined
    : never;

export type Handler<E> = (request: Request<E>) => Promise<Answer<E>>;

/** A handler for every endpoint: one that is missing does not compile. */
export type Handlers = {
  readonly [G in keyof Endpoints]: { readonly [O in keyof Endpoints[G]]: Handler<Endpoints[G][O]> };
};

/** Handlers of one group. */
export type Group<G extends keyof Endpoints> = Handlers[G];
