import type { Client } from '@midonet/contract';
import { randomUUID } from 'node:crypto';
import type { Cloud } from './cloud.ts';

type Args<F> = F extends (args: infer A) => unknown ? A : never;
type BodyOf<F> = Args<F> extends { readonly body: infer B } ? B : never;
type Fields<G extends keyof Client, O extends keyof Client[G]> = Partial<BodyOf<Client[G][O]>>;
export type PortFields = Fields<'neutronPorts', 'create'>;
export type RuleFields = Fields<'neutronSecurityGroupRules', 'create'>;

export type Subnet = { readonly id: string; readonly network: string };
export type Fixed = { readonly subnet: Subnet; readonly address: string };
export type Instance = {
  readonly host: string;
  readonly mac: string;
  readonly at: readonly Fixed[];
  readonly groups: readonly string[];
  readonly fields?: PortFields;
};

const DEVICE_OWNER = 'compute:nova';

/** A project of OpenStack's, and what neutron-server tells of it: the same calls, in the same order. */
export class NeutronProject {
  readonly cloud: Cloud;
  readonly id: string;

  constructor(cloud: Cloud, id: string) {
    this.cloud = cloud;
    this.id = id;
  }

  get api(): Client {
    return this.cloud.client;
  }

  async network(name: string, fields: Fields<'neutronNetworks', 'create'> = {}): Promise<string> {
    const body = { id: randomUUID(), tenant_id: this.id, name, admin_state_up: true, shared: false, ...fields };
    return (await this.api.neutronNetworks.create({ body })).id;
  }

  async subnet(network: string, cidr: string, fields: Fields<'neutronSubnets', 'create'> = {}): Promise<Subnet> {
    const version = cidr.includes(':') ? 6 : 4;
    const own = { id: randomUUID(), tenant_id: this.id, network_id: network, cidr, ip_version: version } as const;
    const { id } = await this.api.neutronSubnets.create({ body: { ...own, enable_dhcp: true, ...fields } });
    return { id, network };
  }

  /** Lets everything out, and in what comes from the group itself. */
  async defaultGroup(): Promise<string> {
    const [id, tenant_id] = [randomUUID(), this.id];
    const both = (['IPv4', 'IPv6'] as const).flatMap((ethertype) => [
      { id: randomUUID(), tenant_id, direction: 'egress' as const, ethertype },
      { id: randomUUID(), tenant_id, direction: 'ingress' as const, ethertype, remote_group_id: id },
    ]);
    const rules = both.map((rule) => ({ ...rule, security_group_id: id }));
    const body = { id, tenant_id, name: 'default', security_group_rules: rules };
    return (await this.api.neutronSecurityGroups.create({ body })).id;
  }

  async group(name: string): Promise<string> {
    const body = { id: randomUUID(), tenant_id: this.id, name, security_group_rules: [] };
    return (await this.api.neutronSecurityGroups.create({ body })).id;
  }

  /** Of what comes in over IPv4, unless it says otherwise. */
  async rule(group: string, fields: RuleFields): Promise<string> {
    const own = { id: randomUUID(), tenant_id: this.id, security_group_id: group };
    const body = { ...own, direction: 'ingress' as const, ethertype: 'IPv4' as const, ...fields };
    return (await this.api.neutronSecurityGroupRules.create({ body })).id;
  }

  /** At first it is nowhere. */
  async port(at: readonly Fixed[], fields: PortFields): Promise<string> {
    const fixed_ips = at.map(({ subnet: { id }, address }) => ({ subnet_id: id, ip_address: address }));
    const own = { id: randomUUID(), tenant_id: this.id, network_id: at[0]?.subnet.network ?? '', fixed_ips };
    const body = { ...own, mac_address: newMac(), admin_state_up: true, status: 'DOWN', ...fields };
    return (await this.api.neutronPorts.create({ body })).id;
  }

  /** A machine as Nova starts it: its port is made, then bound where it runs. Gives the port. */
  async instance(vm: string, { host, mac, at, groups, fields }: Instance): Promise<string> {
    const port = await this.port(at, {
      mac_address: mac,
      device_owner: DEVICE_OWNER,
      device_id: randomUUID(),
      security_groups: [...groups],
      ...fields,
    });
    await this.bind(port, host, vm);
    await this.cloud.active(port);
    return port;
  }

  async bind(id: string, host: string, interfaceName: string): Promise<void> {
    const body = { 'binding:host_id': host, 'binding:profile': { interface_name: interfaceName }, status: 'ACTIVE' };
    await this.api.neutronPorts.update({ id, body });
  }

  async router(name: string): Promise<string> {
    const body = { id: randomUUID(), tenant_id: this.id, name, admin_state_up: true, status: 'ACTIVE' };
    return (await this.api.neutronRouters.create({ body: { ...body, external_gateway_info: null } })).id;
  }

  /** Gives the port by which the router is in the subnet. */
  async join(router: string, subnet: Subnet, address: string, fields: PortFields = {}): Promise<string> {
    const owned = { device_id: router, device_owner: 'network:router_interface' };
    const port = await this.port([{ subnet, address }], { ...owned, ...fields });
    const body = { id: router, port_id: port, subnet_id: subnet.id, subnet_ids: [subnet.id] };
    await this.api.neutronRouters.addInterface({ id: router, body });
    return port;
  }

  /** The port is gone before the router is told. */
  async leave(router: string, subnet: Subnet, port: string): Promise<void> {
    await this.api.neutronPorts.remove({ id: port });
    const body = { id: router, port_id: port, subnet_id: subnet.id, subnet_ids: [subnet.id] };
    await this.api.neutronRouters.removeInterface({ id: router, body });
  }

  /** Gives the gateway's port. */
  async setGateway(router: string, subnet: Subnet, address: string): Promise<string> {
    const fields = { tenant_id: '', device_id: router, device_owner: 'network:router_gateway' };
    const port = await this.port([{ subnet, address }], fields);
    const external_gateway_info = {
      network_id: subnet.network,
      enable_snat: true,
      external_fixed_ips: [{ subnet_id: subnet.id, ip_address: address }],
    };
    await this.api.neutronRouters.update({ id: router, body: { gw_port_id: port, external_gateway_info } });
    return port;
  }

  async clearGateway(router: string, port: string): Promise<void> {
    await this.api.neutronPorts.remove({ id: port });
    await this.api.neutronRouters.update({ id: router, body: { gw_port_id: null, external_gateway_info: null } });
  }

  /** Without a machine yet. Gives its id and that of its own port. */
  async floatingIp(subnet: Subnet, address: string): Promise<{ readonly id: string; readonly port: string }> {
    const id = randomUUID();
    const fields = { tenant_id: '', device_id: id, device_owner: 'network:floatingip' };
    const port = await this.port([{ subnet, address }], fields);
    const body = { id, tenant_id: this.id, floating_network_id: subnet.network, floating_ip_address: address };
    await this.api.neutronFloatingIps.create({ body });
    return { id, port };
  }

  async associate(id: string, router: string, port: string, fixed: string): Promise<void> {
    const body = { port_id: port, router_id: router, fixed_ip_address: fixed, status: 'ACTIVE' };
    await this.api.neutronFloatingIps.update({ id, body });
  }

  async disassociate(id: string): Promise<void> {
    const body = { port_id: null, router_id: null, fixed_ip_address: null, status: 'DOWN' };
    await this.api.neutronFloatingIps.update({ id, body });
  }

  /** What is in the topology and the store of Neutron's objects, of any project. */
  async leftovers(): Promise<string[]> {
    const { api } = this;
    const all = await Promise.all([
      ...[api.bridges.list(), api.routers.list(), api.ports.list(), api.chains.list(), api.ipAddrGroups.list()],
      ...[api.portGroups.list(), api.loadBalancers.list(), api.neutronNetworks.list(), api.neutronSubnets.list()],
      ...[api.neutronPorts.list(), api.neutronRouters.list(), api.neutronFloatingIps.list()],
      ...[api.neutronSecurityGroups.list(), api.neutronSecurityGroupRules.list()],
    ]);
    return all.flat().map(({ uri }) => uri);
  }
}

function newMac(): string {
  return `fa:16:3e:${randomUUID()
    .slice(0, 6)
    .replace(/..(?!$)/g, '$&:')}`;
}
