import { z } from 'zod';
import type { Schema } from './endpoint.ts';
import { allEndpoints, type NamedEndpoint } from './endpoints.ts';

/** The type of a PATCH body, RFC 7396. */
export const MERGE_PATCH_TYPE = 'application/merge-patch+json';

/**
 * A part of what a PUT takes: absent members stay as they are, null takes one away. Objects within
 * are merged likewise, lists are replaced.
 */
export type MergePatch<Req extends Schema> = Req extends z.ZodType
  ? { readonly [K in keyof z.input<Req>]?: z.input<Req>[K] | null }
  : never;

/** What can be PATCHed: every address with a PUT and a GET that shows what is there. */
export type Patchable = { readonly writing: NamedEndpoint; readonly reading: NamedEndpoint };

export function patchables(): Patchable[] {
  const readings = readingEndpoints();
  return allEndpoints()
    .filter(({ endpoint }) => endpoint.method === 'PUT')
    .flatMap((writing) => {
      const reading = readings.get(writing.endpoint.path);
      if (reading !== undefined) return [{ writing, reading }];
      // What is done by a PUT, as Neutron puts a router into a network, is no state that could be changed in part.
      if (writing.endpoint.compound === true) return [];
      throw new Error(`${writing.endpoint.path} has a PUT and no GET`);
    });
}

/** The GET of each address. */
export function readingEndpoints(): Map<string, NamedEndpoint> {
  return new Map(
    allEndpoints()
      .filter(({ endpoint }) => endpoint.method === 'GET')
      .map((named) => [named.endpoint.path, named]),
  );
}

/** The members that a body may have. */
export function fieldsOf(schema: Schema): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** Those of them that it cannot be without. */
export function requiredOf(schema: Schema): string[] {
  if (!(schema instanceof z.ZodObject)) return [];
  const shape: Readonly<Record<string, z.ZodType>> = schema.shape;
  return Object.keys(shape).filter((name) => shape[name]?.safeParse(undefined).success === false);
}
