import { NEUTRON_SCHEMAS } from '@midonet/neutron';
import { getEndpoint } from '../endpoint.ts';
import { itemType } from '../media.ts';
import { neutronDocumentDto } from '../neutron/document.ts';
import { compound, resource } from '../neutron/resource.ts';
import { answerShape } from '../neutron/wire-shape.ts';

const { network, subnet, port, router, routerInterface, floatingIp, securityGroup, securityGroupRule } =
  NEUTRON_SCHEMAS;

/** What OpenStack's Neutron says of its objects, with its own names for members. */
export const neutron = {
  get: getEndpoint('/neutron', {
    summary: "Show where Neutron's objects are",
    media: ['neutron.Neutron', 3],
    response: neutronDocumentDto,
  }),
} as const;

export const neutronNetworks = resource('/neutron/networks', {
  words: ['a network', 'networks'],
  media: ['Network', 'Networks'],
  schema: network,
});

export const neutronSubnets = resource('/neutron/subnets', {
  words: ['a subnet', 'subnets'],
  media: ['Subnet', 'Subnets'],
  schema: subnet,
});

export const neutronPorts = resource('/neutron/ports', {
  words: ['a port', 'ports'],
  media: ['Port', 'Ports'],
  schema: port,
});

const INTERFACE = [itemType('neutron.RouterInterface', 1)];
const ofInterface = {
  media: INTERFACE,
  bodyMedia: INTERFACE,
  request: routerInterface,
  response: answerShape(routerInterface),
} as const;

export const neutronRouters = {
  ...resource('/neutron/routers', { words: ['a router', 'routers'], media: ['Router', 'Routers'], schema: router }),
  addInterface: compound('PUT', '/neutron/routers/{id}/add_router_interface', {
    summary: 'Put a router into a network, by a port of that',
    ...ofInterface,
  }),
  removeInterface: compound('PUT', '/neutron/routers/{id}/remove_router_interface', {
    summary: 'Take a router out of a network',
    ...ofInterface,
  }),
} as const;

export const neutronFloatingIps = resource('/neutron/floating_ips', {
  words: ['a floating IP', 'floating IPs'],
  media: ['FloatingIp', 'FloatingIps'],
  schema: floatingIp,
});

export const neutronSecurityGroups = resource('/neutron/security_groups', {
  words: ['a security group', 'security groups'],
  media: ['SecurityGroup', 'SecurityGroups'],
  schema: securityGroup,
});

export const neutronSecurityGroupRules = resource('/neutron/security_group_rules', {
  words: ['a rule of a security group', 'rules of security groups'],
  media: ['SecurityGroupRule', 'SecurityGroupRules'],
  schema: securityGroupRule,
});
