import { allEndpoints, API_ROOT, patchables, type NamedEndpoint, type Patchable } from '@midonet/contract';

/** What is asked for at an address: an operation of the contract, or a PATCH. */
export type Found = { readonly params: Readonly<Record<string, string>> } & (
  | { readonly kind: 'operation'; readonly named: NamedEndpoint }
  | ({ readonly kind: 'patch' } & Patchable)
);

type Route = { readonly method: string; readonly segments: readonly string[]; readonly target: Target };
type Target = { readonly kind: 'operation'; readonly named: NamedEndpoint } | ({ readonly kind: 'patch' } & Patchable);

const routeOf = (method: string, path: string, target: Target): Route => ({
  method,
  segments: path.split('/').slice(1),
  target,
});

const ROUTES: readonly Route[] = [
  ...allEndpoints().map((named) => routeOf(named.endpoint.method, named.endpoint.path, { kind: 'operation', named })),
  ...patchables().map((one) => routeOf('PATCH', one.writing.endpoint.path, { kind: 'patch', ...one })),
];

/** Finds what an operation of a batch asks for; text says why there is nothing. */
export function findOperation(method: string, path: string): Found | string {
  const below = path.replace(/^https?:\/\/[^/]+/, '').replace(new RegExp(`^${API_ROOT}(?=/)`), '');
  if (/[?#]/.test(below)) return 'must have no query';
  const segments = decodeSegments(below.replace(/\/$/, ''));
  if (segments === undefined) return 'must start with / and be percent-encoded';
  const there = ROUTES.map((route) => ({ route, params: paramsOf(route.segments, segments) })).filter(
    ({ params }) => params !== undefined,
  );
  const fitting = there.filter(({ route }) => route.method === method);
  // A word in a path goes before a parameter.
  const [found] = fitting.sort((a, b) => wordsIn(b.route) - wordsIn(a.route));
  if (found?.params !== undefined) return { ...found.route.target, params: found.params };
  const methods = there.map(({ route }) => route.method).filter((one) => one !== 'GET');
  return there.length === 0 ? 'leads nowhere' : `cannot be asked to ${method}; ${methods.join(', ') || 'GET'} it can`;
}

function paramsOf(template: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (template.length !== segments.length) return undefined;
  const params: [string, string][] = [];
  for (const [at, part] of template.entries()) {
    const segment = segments[at] ?? '';
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined ? part !== segment : segment === '') return undefined;
    if (name !== undefined) params.push([name, segment]);
  }
  return Object.fromEntries(params);
}

function wordsIn({ segments }: Route): number {
  return segments.filter((part) => !part.startsWith('{')).length;
}

function decodeSegments(path: string): string[] | undefined {
  if (!path.startsWith('/')) return undefined;
  try {
    return path.slice(1).split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
