import { allEndpoints } from '../endpoints.ts';
import { API_ROOT } from '../links.ts';
import { patchables } from '../patch.ts';
import type { Json } from './json.ts';
import { operation, patchOperation } from './operations.ts';
import { COMPONENTS } from './parts.ts';

export type OpenApiDocument = {
  readonly openapi: string;
  readonly info: Json;
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: Json;
};

/** The OpenAPI 3.1 document of all endpoints, generated from their definitions. */
export function openApiDocument(version: string): OpenApiDocument {
  const paths: Record<string, Record<string, Json>> = {};
  const add = (path: string, method: string, described: Json) => {
    const url = `${API_ROOT}${path}`;
    paths[url] = { ...paths[url], [method.toLowerCase()]: described };
  };
  for (const named of allEndpoints()) add(named.endpoint.path, named.endpoint.method, operation(named));
  for (const one of patchables()) add(one.writing.endpoint.path, 'PATCH', patchOperation(one));
  return {
    openapi: '3.1.0',
    info: {
      title: 'MidoNet API',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'Virtual switches and routers. Vendor media types of MidoNet v5 are understood beside plain JSON; ' +
        'every object names itself and its children by absolute URIs.',
    },
    tags: [...new Set(allEndpoints().map(({ group }) => group))].map((name) => ({ name })),
    paths,
    components: COMPONENTS,
  };
}
