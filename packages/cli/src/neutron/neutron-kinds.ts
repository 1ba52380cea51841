import { endpoints, type Client, type NeutronDto } from '@midonet/contract';
import { missing, usageError } from '../cli-error.ts';

/** What all kinds of Neutron's objects have; methods, so that each kind's own bodies fit. */
export type NeutronResource = {
  list(): Promise<readonly NeutronDto[]>;
  create(args: { readonly body: object }): Promise<NeutronDto>;
  get(args: { readonly id: string }): Promise<NeutronDto>;
  update(args: { readonly id: string; readonly body: object }): Promise<NeutronDto>;
  remove(args: { readonly id: string }): Promise<unknown>;
};

const OPERATIONS: readonly (keyof NeutronResource)[] = ['list', 'create', 'get', 'update', 'remove'];

/** `floating-ips` → the group of the API's client that has them. */
const GROUPS: ReadonlyMap<string, string> = new Map(
  Object.entries(endpoints).flatMap(([group, operations]) => {
    const has = (operation: string): boolean => Object.hasOwn(operations, operation);
    if (!group.startsWith('neutron') || !OPERATIONS.every(has)) return [];
    const word = group.slice('neutron'.length).replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`);
    return [[word.toLowerCase(), group] as const];
  }),
);

/** Every word for a kind, as it is listed. */
export const NEUTRON_KINDS: readonly string[] = [...GROUPS.keys()];

/** By its word, in the plural or in the singular; throws with the words there are. */
export function resourceOf(client: Client, word: string): NeutronResource {
  const known = [word, `${word}s`, word.replace(/y$/, 'ies'), word.replace(/-v2$/, 's-v2')].find((one) =>
    GROUPS.has(one),
  );
  if (known === undefined) throw usageError(`Neutron has no "${word}"; there is ${NEUTRON_KINDS.join(', ')}`);
  return Reflect.get(client, GROUPS.get(known) ?? '') as NeutronResource; // the group has all of these operations
}

/** By its name, its id, or the beginning of its id. */
export async function objectOf(resource: NeutronResource, word: string, text: string): Promise<NeutronDto> {
  const all = await resource.list();
  const exact = all.filter((one) => one.id === text || one['name'] === text);
  const found = exact.length > 0 || text.length < 4 ? exact : all.filter(({ id }) => id.startsWith(text.toLowerCase()));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only === undefined) throw missing(`there is no ${word} "${text}" of Neutron's`);
  throw missing(`"${text}" is several ${word}: ${found.map(({ id }) => id).join(', ')}`);
}
