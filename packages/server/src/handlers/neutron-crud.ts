import { link, type Base, type NeutronDto } from '@midonet/contract';
import { idOf, type NeutronKind, type NeutronObject } from '@midonet/neutron';
import type { Actor } from '../access/identity.ts';
import { presented, Scan } from '../listing/scan.ts';
import type { NeutronChanges } from '../neutron/neutron-changes.ts';
import { shown } from '../neutron/neutron-rows.ts';
import { found, newId } from './services.ts';

export type Body = object;
export type Asked = { readonly base: Base; readonly author: Actor };
export type One = { readonly params: { readonly id: string } };

/** What every kind of Neutron's objects has. */
export type Crud = {
  readonly list: (asked: Asked) => Promise<Scan<NeutronDto>>;
  readonly create: (asked: Asked & { readonly body: Body }) => Promise<NeutronDto>;
  readonly get: (asked: Asked & One) => Promise<NeutronDto>;
  readonly update: (asked: Asked & One & { readonly body: Body }) => Promise<NeutronDto>;
  readonly remove: (asked: Asked & One) => Promise<undefined>;
};

export function crud<K extends NeutronKind>(changes: NeutronChanges, kind: K, ...path: readonly string[]): Crud {
  const dto = async (object: NeutronObject<K>, base: Base): Promise<NeutronDto> => {
    const id = idOf(kind, object);
    return {
      ...shown(kind, object),
      ...(await nested(changes, kind, id)),
      id,
      uri: link(base, 'neutron', ...path, id),
    };
  };
  return {
    list: ({ base }) =>
      Promise.resolve(new Scan((after) => presented(changes.rows.scan(kind, after), (one) => dto(one, base)))),
    get: async ({ params, base }) => dto(found(await changes.rows.get(kind, params.id), kind, params.id), base),
    create: async ({ body, base, author }) => {
      const object = completed(kind, body);
      await changes.create(kind, object, author);
      return dto(object, base);
    },
    update: async ({ params, body, base, author }) =>
      dto(await changes.update(kind, params.id, (old) => merged(old, body), author), base),
    remove: async ({ params, author }) => {
      await changes.remove(kind, params.id, author);
      return undefined;
    },
  };
}

/** What came, as it is stored: with an id. Its members are those of the schema that it was read by. */
export function completed<K extends NeutronKind>(_kind: K, body: Body): NeutronObject<K> {
  const { id }: { readonly id?: string | null } = body;
  return { ...definedIn(body), id: id ?? newId() } as unknown as NeutronObject<K>;
}

/** Absent members stay; id and kind are not for change. */
export function merged<O extends { readonly id: string }>(old: O, body: Body): O {
  return { ...old, ...definedIn(body), id: old.id };
}

function definedIn(body: Body): Body {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

async function nested(changes: NeutronChanges, kind: NeutronKind, id: string): Promise<object> {
  if (kind !== 'securityGroup') return {};
  const all = await changes.rows.naming('securityGroup', id, 'securityGroupRule');
  const own = all.filter((rule) => rule.security_group_id === id);
  return { security_group_rules: own.map((rule) => shown('securityGroupRule', rule)) };
}
