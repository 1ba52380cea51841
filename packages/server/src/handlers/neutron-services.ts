import { link } from '@midonet/contract';
import { deviceOf, placed, type NeutronObject } from '@midonet/neutron';
import type { Handlers } from '../http/handlers.ts';
import { badRequest, Refusal } from '../http/problem.ts';
import type { NeutronChanges } from '../neutron/neutron-changes.ts';
import { shown } from '../neutron/neutron-rows.ts';
import { completed, crud, merged, type Body, type Crud } from './neutron-crud.ts';
import { pathId } from './services.ts';

type ServiceGroups = Pick<
  Handlers,
  `neutron${'Firewalls' | 'FirewallLogs' | 'LoggingResources' | 'TapServices' | 'TapFlows' | 'GatewayDevices' | 'L2GatewayConnections'}`
>;

/** Firewalls with their logs, taps and L2 gateways. */
export function serviceHandlers(changes: NeutronChanges): ServiceGroups {
  return {
    neutronFirewalls: firewalls(changes),
    neutronFirewallLogs: firewallLogs(changes),
    neutronLoggingResources: loggingResources(changes),
    neutronTapServices: crud(changes, 'tapService', 'tap_services'),
    neutronTapFlows: crud(changes, 'tapFlow', 'tap_flows'),
    neutronGatewayDevices: gatewayDevices(changes),
    neutronL2GatewayConnections: connections(changes),
  };
}

/** A PUT of one that is not there makes it: Neutron has them made when they get their first router. */
function firewalls(changes: NeutronChanges): Crud {
  const all = crud(changes, 'firewall', 'firewalls');
  const create: Crud['create'] = (asked) => all.create({ ...asked, body: placed(completed('firewall', asked.body)) });
  return {
    ...all,
    create,
    update: async ({ params, body, base, author }) => {
      const id = pathId('firewall', params.id);
      if ((await changes.rows.get('firewall', id)) === undefined)
        return create({ body: { ...body, id }, base, author });
      const change = (old: NeutronObject<'firewall'>) => placed(merged(old, body));
      await changes.update('firewall', id, change, author);
      return all.get({ params: { id }, base, author });
    },
  };
}

/** The resource is made with its first log, and goes with the last. Of a log only the event changes, and its name. */
function firewallLogs(changes: NeutronChanges): Crud {
  const logs = crud(changes, 'firewallLog', 'firewall_logs');
  return {
    ...logs,
    create: async ({ body, base, author }) => {
      const { logging_resource: given, ...log } = completed('firewallLog', body);
      const id = log.logging_resource_id;
      if ((await changes.rows.get('loggingResource', id)) === undefined) {
        const { tenant_id, project_id } = log;
        await changes.create('loggingResource', { tenant_id, project_id, ...given, id }, author);
      }
      return logs.create({ body: log, base, author });
    },
    update: ({ body, ...asked }) => {
      const { fw_event, name, description }: { fw_event?: unknown; name?: unknown; description?: unknown } = body;
      return logs.update({ ...asked, body: { fw_event, name, description } });
    },
  };
}

/** Neutron tells of resources that no log uses, too: those are nobody's here. */
function loggingResources(changes: NeutronChanges): Crud {
  const resources = crud(changes, 'loggingResource', 'logging_resources');
  return {
    ...resources,
    update: async (asked) => {
      const id = pathId('logging resource', asked.params.id);
      if ((await changes.rows.get('loggingResource', id)) !== undefined) return resources.update(asked);
      const unused = completed('loggingResource', asked.body);
      return { ...shown('loggingResource', unused), id, uri: link(asked.base, 'neutron', 'logging_resources', id) };
    },
  };
}

function gatewayDevices(changes: NeutronChanges): Crud {
  const devices = crud(changes, 'gatewayDevice', 'gateway_devices');
  return {
    ...devices,
    create: (asked) => devices.create(withKnownType(asked)),
    update: async (asked) => {
      const { id } = asked.params;
      const [old, { resource_id: now }] = [
        await changes.rows.get('gatewayDevice', id),
        completed('gatewayDevice', asked.body),
      ];
      const inUse = await changes.rows.naming('gatewayDevice', id, 'l2GatewayConnection');
      if (now !== undefined && now !== old?.resource_id && inUse.length > 0) throw unchangeable('resource_id');
      return devices.update(withKnownType(asked));
    },
  };
}

/** A link is between the two networks that it was made between. */
function connections(changes: NeutronChanges): Crud {
  const all = crud(changes, 'l2GatewayConnection', 'l2_gateway_connections');
  return {
    ...all,
    update: async (asked) => {
      const old = await changes.rows.get('l2GatewayConnection', asked.params.id);
      if (old === undefined) return all.update(asked);
      const now = merged(old, asked.body);
      if (now.network_id !== old.network_id) throw unchangeable('network_id');
      if (deviceOf(now) !== deviceOf(old)) throw unchangeable('l2_gateway.devices.0.device_id');
      return all.update(asked);
    },
  };
}

function unchangeable(property: string): Refusal {
  return badRequest([{ property, message: 'cannot change while there is the connection: delete that first' }]);
}

/** MidoNet's Neutron refuses hardware VTEPs as well; routers that peer by VXLAN it does not. */
function withKnownType<A extends { readonly body: Body }>(asked: A): A {
  const { type }: { readonly type?: string } = asked.body;
  if (type === undefined || type === 'network_vlan') return asked;
  const message = `${type} needs support of hardware VTEPs, which is not built yet: take network_vlan`;
  throw new Refusal(type === 'hw_vtep' ? 400 : 501, message, [{ property: 'type', message }]);
}
