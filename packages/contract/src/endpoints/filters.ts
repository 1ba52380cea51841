import { deleteEndpoint, getEndpoint, listEndpoint, postEndpoint, putEndpoint } from '../endpoint.ts';
import { chainDto, chainInput } from '../resources/chain.ts';
import {
  ipAddrGroupAddrDto,
  ipAddrGroupAddrInput,
  ipAddrGroupDto,
  ipAddrGroupInput,
} from '../resources/ip-addr-group.ts';
import { portGroupDto, portGroupInput, portGroupPortDto, portGroupPortInput } from '../resources/port-group.ts';
import { ruleDto, ruleInput } from '../resources/rule.ts';
import { meterDto } from '../resources/meter.ts';
import { ruleHitsDto } from '../resources/rule-hits.ts';

const CHAIN = ['Chain', 1] as const;
const RULE = ['Rule', 2] as const;
const PORT_GROUP = ['PortGroup', 1] as const;
const MEMBER = ['PortGroupPort', 1] as const;
const IP_GROUP = ['IpAddrGroup', 1] as const;
const IP_ADDR = ['IpAddrGroupAddr', 1] as const;
const FILTERS = ['tenant_id', 'name'] as const;

const chain = { media: CHAIN, response: chainDto } as const;
const rule = { media: RULE, response: ruleDto } as const;

export const chains = {
  list: listEndpoint('/chains', { summary: 'List chains', query: FILTERS, ...chain }),
  create: postEndpoint('/chains', { summary: 'Create a chain', request: chainInput, ...chain }),
  get: getEndpoint('/chains/{id}', { summary: 'Show a chain and who uses it', ...chain }),
  update: putEndpoint('/chains/{id}', { summary: 'Rename a chain', request: chainInput, ...chain }),
  remove: deleteEndpoint('/chains/{id}', {
    summary: 'Delete a chain with its rules; devices lose it as filter, one that rules jump to stays',
    media: CHAIN,
  }),
  rules: listEndpoint('/chains/{id}/rules', { summary: 'List the rules of a chain, in order', ...rule }),
  createRule: postEndpoint('/chains/{id}/rules', {
    summary: 'Put a rule at a position, the head by default; later ones move one down',
    request: ruleInput,
    ...rule,
  }),
  /** Beyond MidoNet's API. */
  ruleHits: listEndpoint('/chains/{id}/rule_hits', {
    summary: 'List how many packets the rules of a chain applied to, on all hosts; rules without are left out',
    response: ruleHitsDto,
  }),
} as const;

/** Beyond MidoNet's API, which has meters in each agent alone. */
export const meters = {
  list: listEndpoint('/meters', {
    summary: 'List what rules with a meterName applied to, by tenant and name, on all hosts',
    query: ['tenant_id', 'name'],
    response: meterDto,
  }),
} as const;

export const rules = {
  get: getEndpoint('/rules/{id}', { summary: 'Show a rule', ...rule }),
  update: putEndpoint('/rules/{id}', {
    summary: 'Change or move a rule in place; what is absent stays, null takes a test away',
    request: ruleInput,
    ...rule,
  }),
  remove: deleteEndpoint('/rules/{id}', { summary: 'Delete a rule', media: RULE }),
} as const;

const portGroup = { media: PORT_GROUP, response: portGroupDto } as const;
const member = { media: MEMBER, response: portGroupPortDto } as const;

export const portGroups = {
  list: listEndpoint('/port_groups', { summary: 'List port groups', query: [...FILTERS, 'port_id'], ...portGroup }),
  create: postEndpoint('/port_groups', { summary: 'Create a port group', request: portGroupInput, ...portGroup }),
  get: getEndpoint('/port_groups/{id}', { summary: 'Show a port group', ...portGroup }),
  update: putEndpoint('/port_groups/{id}', { summary: 'Change a port group', request: portGroupInput, ...portGroup }),
  remove: deleteEndpoint('/port_groups/{id}', {
    summary: 'Delete a port group that no rule asks about',
    media: PORT_GROUP,
  }),
} as const;

export const portGroupPorts = {
  list: listEndpoint('/port_groups/{id}/ports', { summary: 'List the members of a port group', ...member }),
  create: postEndpoint('/port_groups/{id}/ports', {
    summary: 'Put a port into a group',
    request: portGroupPortInput,
    ...member,
  }),
  get: getEndpoint('/port_groups/{id}/ports/{portId}', { summary: 'Show a member', ...member }),
  remove: deleteEndpoint('/port_groups/{id}/ports/{portId}', { summary: 'Take a port out of a group', media: MEMBER }),
  ofPort: listEndpoint('/ports/{id}/port_groups', { summary: 'List the groups a port is in', ...member }),
} as const;

const ipGroup = { media: IP_GROUP, response: ipAddrGroupDto } as const;
const address = { media: IP_ADDR, response: ipAddrGroupAddrDto } as const;

export const ipAddrGroups = {
  list: listEndpoint('/ip_addr_groups', { summary: 'List IP address groups', query: FILTERS, ...ipGroup }),
  create: postEndpoint('/ip_addr_groups', {
    summary: 'Create an IP address group',
    request: ipAddrGroupInput,
    ...ipGroup,
  }),
  get: getEndpoint('/ip_addr_groups/{id}', { summary: 'Show an IP address group', ...ipGroup }),
  update: putEndpoint('/ip_addr_groups/{id}', {
    summary: 'Rename an IP address group',
    request: ipAddrGroupInput,
    ...ipGroup,
  }),
  remove: deleteEndpoint('/ip_addr_groups/{id}', {
    summary: 'Delete an IP address group that no rule asks about',
    media: IP_GROUP,
  }),
} as const;

export const ipAddrGroupAddrs = {
  list: listEndpoint('/ip_addr_groups/{id}/ip_addrs', { summary: 'List the addresses of a group', ...address }),
  create: postEndpoint('/ip_addr_groups/{id}/ip_addrs', {
    summary: 'Put an address into a group, IPv4 or IPv6',
    request: ipAddrGroupAddrInput,
    ...address,
  }),
  get: getEndpoint('/ip_addr_groups/{id}/versions/{version}/ip_addrs/{addr}', {
    summary: 'Show an address of a group',
    ...address,
  }),
  remove: deleteEndpoint('/ip_addr_groups/{id}/versions/{version}/ip_addrs/{addr}', {
    summary: 'Take an address out of a group',
    media: IP_ADDR,
  }),
} as const;
