import { link, neutronDocument, type Base, type NeutronDto } from '@midonet/contract';
import { idOf, type NeutronKind, type NeutronObject } from '@midonet/neutron';
import type { RouterId, RuleId } from '@midonet/topology';
import type { Actor } from '../access/identity.ts';
import type { Group, Handlers } from '../http/handlers.ts';
import { presented, Scan } from '../listing/scan.ts';
import { NeutronChanges } from '../neutron/neutron-changes.ts';
import { shown } from '../neutron/neutron-rows.ts';
import { found, newId, pathId, type Services } from './services.ts';

type Body = object;
type Asked = { readonly base: Base; readonly author: Actor };
type One = { readonly params: { readonly id: string } };

/** What every kind of Neutron's objects has. */
type Crud = {
  readonly list: (asked: Asked) => Promise<Scan<NeutronDto>>;
  readonly create: (asked: Asked & { readonly body: Body }) => Promise<NeutronDto>;
  readonly get: (asked: Asked & One) => Promise<NeutronDto>;
  readonly update: (asked: Asked & One & { readonly body: Body }) => Promise<NeutronDto>;
  readonly remove: (asked: Asked & One) => Promise<undefined>;
};

function crud<K extends NeutronKind>(changes: NeutronChanges, kind: K, ...path: readonly string[]): Crud {
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

export function neutronHandlers(services: Services): NeutronGroups {
  const changes = new NeutronChanges(services);
  return {
    neutron: { get: ({ base }) => Promise.resolve(neutronDocument(base)) },
    neutronNetworks: crud(changes, 'network', 'networks'),
    neutronSubnets: crud(changes, 'subnet', 'subnets'),
    neutronPorts: crud(changes, 'port', 'ports'),
    neutronRouters: routers(changes),
    neutronFloatingIps: crud(changes, 'floatingIp', 'floating_ips'),
    neutronSecurityGroups: securityGroups(changes),
    neutronSecurityGroupRules: crud(changes, 'securityGroupRule', 'security_group_rules'),
  };
}

type NeutronGroups = Pick<Handlers, Extract<keyof Handlers, `neutron${string}`>>;

function routers(changes: NeutronChanges): Group<'neutronRouters'> {
  return {
    ...crud(changes, 'router', 'routers'),
    addInterface: async ({ params, body, base, author }) => {
      const object = { ...completed('routerInterface', body), id: pathId<RouterId>('router', params.id) };
      if ((await changes.rows.get('routerInterface', object.port_id)) === undefined) {
        await changes.create('routerInterface', object, author);
      } else {
        await changes.update('routerInterface', object.port_id, () => object, author);
      }
      return { ...shown('routerInterface', object), id: object.id, uri: link(base, 'neutron', 'routers', params.id) };
    },
    // Its port may be gone already, and the interface with it.
    removeInterface: async ({ params, body, base, author }) => {
      await changes.remove('routerInterface', body.port_id, author);
      const object = { ...completed('routerInterface', body), id: pathId<RouterId>('router', params.id) };
      return { ...shown('routerInterface', object), id: object.id, uri: link(base, 'neutron', 'routers', params.id) };
    },
  };
}

/** Rules may come with their group; each is an object of its own. */
function securityGroups(changes: NeutronChanges): Crud {
  const groups = crud(changes, 'securityGroup', 'security_groups');
  return {
    ...groups,
    create: async ({ body, base, author }) => {
      const { security_group_rules: rules, ...group } = completed('securityGroup', body);
      await changes.create('securityGroup', group, author);
      for (const rule of rules ?? []) {
        const whole = { ...rule, id: rule.id ?? newId<RuleId>(), security_group_id: group.id };
        await changes.create('securityGroupRule', whole, author);
      }
      return groups.get({ params: { id: group.id }, base, author });
    },
    update: ({ body, ...asked }) => {
      const { security_group_rules: _rules, ...group }: { security_group_rules?: unknown } = body;
      return groups.update({ ...asked, body: group });
    },
  };
}

/** What came, as it is stored: with an id. Its members are those of the schema that it was read by. */
function completed<K extends NeutronKind>(_kind: K, body: Body): NeutronObject<K> {
  const { id }: { readonly id?: string | null } = body;
  return { ...definedIn(body), id: id ?? newId() } as unknown as NeutronObject<K>;
}

/** Absent members stay; id and kind are not for change. */
function merged<O extends { readonly id: string }>(old: O, body: Body): O {
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
