import { z } from 'zod';
import { collectionOf, collectionType, itemType, TEXT_TYPE } from './media.ts';

/** Who may call: `admin` and `authenticated` need a token, `none` does not. */
export type Permission = 'admin' | 'authenticated' | 'none';
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export type Schema = z.ZodType | undefined;

/**
 * One endpoint, defined once; server routes, client methods and OpenAPI come from it. Paths are
 * relative to `/midonet-api`.
 */
export type Endpoint<P extends string = string, Req extends Schema = Schema, Res extends Schema = Schema> = {
  readonly method: Method;
  readonly path: P;
  readonly summary: string;
  readonly permission: Permission;
  /** Vendor types, preferred first; plain JSON comes on top of these. Empty: only plain JSON. */
  readonly media: readonly string[];
  /** Content types of the body where they differ from `media`. */
  readonly bodyMedia: readonly string[];
  readonly query: readonly string[];
  readonly request: Req;
  readonly response: Res;
  /** It makes several changes, in one transaction, and answers with the object even where nobody asks for it. */
  readonly compound?: true;
};

/** `'/bridges/{id}/dhcp/{subnet}'` → `'id' | 'subnet'`. */
export type PathParams<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PathParams<Rest>
  : never;

type Common = {
  readonly summary: string;
  readonly permission?: Permission;
  /** [resource name, versions…], preferred version first. */
  readonly media?: readonly [name: string, ...versions: number[]];
  /** Further vendor types understood for the same thing. */
  readonly alsoMedia?: readonly string[];
};

function itemMedia(def: Common): string[] {
  const [name, ...versions] = def.media ?? [''];
  return [...versions.map((version) => itemType(name, version)), ...(def.alsoMedia ?? [])];
}

function listMedia(def: Common): string[] {
  const [name, ...versions] = def.media ?? [''];
  return [...versions.map((version) => collectionType(name, version)), ...(def.alsoMedia ?? []).map(collectionOf)];
}

const permissionOf = (def: Common): Permission => def.permission ?? 'admin';

export function getEndpoint<P extends string, Res extends z.ZodType>(
  path: P,
  def: Common & { readonly response: Res },
): Endpoint<P, undefined, Res> {
  const base = { method: 'GET', path, summary: def.summary, permission: permissionOf(def), query: [] } as const;
  return { ...base, media: itemMedia(def), bodyMedia: [], request: undefined, response: def.response };
}

/** A collection: answers an array. `query` names the filters it knows. */
export function listEndpoint<P extends string, Item extends z.ZodType>(
  path: P,
  def: Common & { readonly response: Item; readonly query?: readonly string[] },
): Endpoint<P, undefined, z.ZodArray<Item>> {
  const base = { method: 'GET', path, summary: def.summary, permission: permissionOf(def) } as const;
  const response = def.response.array();
  return { ...base, media: listMedia(def), bodyMedia: [], query: def.query ?? [], request: undefined, response };
}

/** Creation: 201 with a Location; the object comes in the body when Accept asks for one. */
export function postEndpoint<P extends string, Req extends z.ZodType, Res extends z.ZodType>(
  path: P,
  def: Common & { readonly request: Req; readonly response: Res },
): Endpoint<P, Req, Res> {
  const base = { method: 'POST', path, summary: def.summary, permission: permissionOf(def), query: [] } as const;
  const media = itemMedia(def);
  return { ...base, media, bodyMedia: media, request: def.request, response: def.response };
}

/** Update: 200 with the object when Accept asks for one, 204 otherwise. */
export function putEndpoint<P extends string, Req extends z.ZodType, Res extends z.ZodType>(
  path: P,
  def: Common & { readonly request: Req; readonly response: Res },
): Endpoint<P, Req, Res> {
  const base = { method: 'PUT', path, summary: def.summary, permission: permissionOf(def), query: [] } as const;
  const media = itemMedia(def);
  return { ...base, media, bodyMedia: media, request: def.request, response: def.response };
}

/** Deletion: 204. */
export function deleteEndpoint<P extends string>(path: P, def: Common): Endpoint<P, undefined, undefined> {
  const base = { method: 'DELETE', path, summary: def.summary, permission: permissionOf(def), query: [] } as const;
  return { ...base, media: itemMedia(def), bodyMedia: [], request: undefined, response: undefined };
}

type Settings = { readonly summary: string };
const TEXT = { permission: 'admin', media: [TEXT_TYPE], query: [] } as const;
const settings = z.string().meta({ description: 'HOCON; what is answered is JSON' });

/** Settings as text, as is the answer of each of these. */
export function getText<P extends string>(path: P, def: Settings): Endpoint<P, undefined, z.ZodString> {
  return { method: 'GET', path, ...TEXT, ...def, bodyMedia: [], request: undefined, response: settings };
}

/** Settings go over those that are there: 200 with all of them. */
export function postText<P extends string>(path: P, def: Settings): Endpoint<P, z.ZodString, z.ZodString> {
  return { method: 'POST', path, ...TEXT, ...def, bodyMedia: [TEXT_TYPE], request: settings, response: settings };
}

/** 200, as MidoNet's does. */
export function deleteText<P extends string>(path: P, def: Settings): Endpoint<P, undefined, undefined> {
  return { method: 'DELETE', path, ...TEXT, ...def, bodyMedia: [], request: undefined, response: undefined };
}

/** True where text goes in and out, not JSON. */
export function isText({ media }: Pick<Endpoint, 'media'>): boolean {
  return media.includes(TEXT_TYPE);
}

/** Whether `at=` may ask for the answer as it was: reads, and the question what would happen to a frame. */
export function looksBack({ method, path, permission }: Endpoint): boolean {
  return permission !== 'none' && (method === 'GET' || path === '/simulate');
}

/** Fills a path template; values are percent-encoded. */
export function fillPath(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined || value === '') throw new TypeError(`path ${path} needs "${name}"`);
    return encodeURIComponent(value);
  });
}
