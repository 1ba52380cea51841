import { belowRoot, segmentsOf, servedAt, type Target } from '../http/addresses.ts';

export type Found = { readonly params: Readonly<Record<string, string>> } & Target;

/** Finds what an operation of a batch asks for; text says why there is nothing. */
export function findOperation(method: string, path: string): Found | string {
  const local = path.replace(/^https?:\/\/[^/]+/, '');
  const below = belowRoot(local) ?? local;
  if (/[?#]/.test(below)) return 'must have no query';
  const segments = segmentsOf(below);
  if (segments === undefined) return 'must start with / and be percent-encoded';
  const there = servedAt(segments);
  if (there === undefined) return 'leads nowhere';
  const target = there.value.get(method);
  if (target !== undefined) return { ...target, params: there.params };
  const methods = [...there.value.keys()].filter((one) => one !== 'GET');
  return `cannot be asked to ${method}; ${methods.join(', ') || 'GET'} it can`;
}
