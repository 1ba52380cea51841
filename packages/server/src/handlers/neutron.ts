import { link, neutronDocument, type Base, type NeutronDto } from '@midonet/contract';
import { isRouted, type RouterInterface } from '@midonet/neutron';
import type { RouterId, RuleId } from '@midonet/topology';
import type { Actor } from '../access/identity.ts';
import type { Group, Handlers } from '../http/handlers.ts';
import { badRequest } from '../http/problem.ts';
import { NeutronChanges } from '../neutron/neutron-changes.ts';
import { shown } from '../neutron/neutron-rows.ts';
import { neutronBalancerHandlers } from './neutron-balancers.ts';
import { completed, crud, type Body, type Crud } from './neutron-crud.ts';
import { serviceHandlers } from './neutron-services.ts';
import { newId, pathId, type Services } from './services.ts';

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
    ...neutronBalancerHandlers(changes),
    ...serviceHandlers(changes),
  };
}

type NeutronGroups = Pick<Handlers, Extract<keyof Handlers, `neutron${string}`>>;

function routers(changes: NeutronChanges): Group<'neutronRouters'> {
  const interfaceOf = (router: string, body: Body): RouterInterface => ({
    ...completed('routerInterface', body),
    id: pathId<RouterId>('router', router),
  });
  const dto = (object: RouterInterface, base: Base): NeutronDto => ({
    ...shown('routerInterface', object),
    id: object.id,
    uri: link(base, 'neutron', 'routers', object.id),
  });
  return {
    ...crud(changes, 'router', 'routers'),
    addInterface: async ({ params, body, base, author }) => {
      const object = interfaceOf(params.id, body);
      await routed(changes, object, author);
      if ((await changes.rows.get('routerInterface', object.port_id)) === undefined) {
        await changes.create('routerInterface', object, author);
      } else {
        await changes.update('routerInterface', object.port_id, () => object, author);
      }
      return dto(object, base);
    },
    // Its port may be gone already, and the interface with it.
    removeInterface: async ({ params, body, base, author }) => {
      const object = interfaceOf(params.id, body);
      const there = await changes.rows.get('routerInterface', object.port_id);
      if (there !== undefined && there.id !== object.id) {
        throw badRequest([{ property: 'port_id', message: `port ${object.port_id} is in router ${there.id}` }]);
      }
      await changes.remove('routerInterface', object.port_id, author);
      return dto(object, base);
    },
  };
}

/** A machine's port that becomes one of a router; Neutron may say so of the interface alone. */
async function routed(changes: NeutronChanges, { id, port_id }: RouterInterface, author: Actor): Promise<void> {
  const port = await changes.rows.get('port', port_id);
  if (port === undefined || isRouted(port)) return;
  const now = { device_owner: 'network:router_interface', device_id: id };
  await changes.update('port', port_id, (old) => ({ ...old, ...now }), author);
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
