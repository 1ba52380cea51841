import { link, neutronDocument } from '@midonet/contract';
import type { RouterId, RuleId } from '@midonet/topology';
import type { Group, Handlers } from '../http/handlers.ts';
import { NeutronChanges } from '../neutron/neutron-changes.ts';
import { shown } from '../neutron/neutron-rows.ts';
import { neutronBalancerHandlers } from './neutron-balancers.ts';
import { completed, crud, type Crud } from './neutron-crud.ts';
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
