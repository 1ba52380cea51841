import type { Handlers } from '../http/handlers.ts';
import { apiTokenHandlers } from './api-tokens.ts';
import { auditHandlers } from './audit.ts';
import { arpTableHandlers, macTableHandlers, vlanMacTableHandlers } from './bridge-tables.ts';
import { batchHandlers } from './batch.ts';
import { bridgeHandlers } from './bridges.ts';
import { chainHandlers, ruleHandlers } from './chains.ts';
import {
  confNodeHandlers,
  confRuntimeHandlers,
  confSchemaHandlers,
  confTemplateHandlers,
  confTemplateMappingHandlers,
} from './conf.ts';
import { dhcpHostHandlers, dhcpSubnetHandlers } from './dhcp.ts';
import { dropHandlers } from './drops.ts';
import { dhcp6HostHandlers, dhcp6SubnetHandlers } from './dhcp6.ts';
import { enrolHandlers, enrolmentHandlers, hostCredentialHandlers } from './enrolments.ts';
import { historyHandlers, restoreHandlers } from './history.ts';
import { hostHandlers, hostInterfaceHandlers, hostPortHandlers } from './hosts.ts';
import { ipAddrGroupAddrHandlers, ipAddrGroupHandlers } from './ip-addr-groups.ts';
import { healthMonitorHandlers, loadBalancerHandlers } from './load-balancers.ts';
import { poolHandlers, poolMemberHandlers, vipHandlers } from './pools.ts';
import { l2InsertionHandlers } from './l2-insertions.ts';
import { loginHandlers, whoamiHandlers } from './login.ts';
import { mirrorHandlers } from './mirrors.ts';
import { meterHandlers } from './meters.ts';
import { neutronHandlers } from './neutron.ts';
import { natPoolHandlers } from './nat-pools.ts';
import { portGroupHandlers, portGroupPortHandlers } from './port-groups.ts';
import { portHandlers } from './ports.ts';
import { quotaHandlers } from './quotas.ts';
import { qosBwLimitRuleHandlers, qosDscpRuleHandlers, qosPolicyHandlers } from './qos-policies.ts';
import { routeHandlers, routerHandlers } from './routers.ts';
import { applicationHandlers, simulationHandlers, systemStateHandlers } from './service.ts';
import type { Services } from './services.ts';
import { tenantHandlers } from './tenants.ts';
import { tunnelZoneHandlers, tunnelZoneHostHandlers } from './tunnel-zones.ts';
import { loggingResourceHandlers, ruleLoggerHandlers } from './rule-loggers.ts';
import { traceRequestHandlers } from './trace-requests.ts';
import { userHandlers } from './users.ts';

/** A handler for every endpoint of the contract. */
export function allHandlers(services: Services): Handlers {
  return {
    application: applicationHandlers(),
    systemState: systemStateHandlers(services),
    tenants: tenantHandlers(services),
    login: loginHandlers(services),
    whoami: whoamiHandlers(),
    users: userHandlers(services),
    apiTokens: apiTokenHandlers(services),
    quotas: quotaHandlers(services),
    audit: auditHandlers(services),
    history: historyHandlers(services),
    restore: restoreHandlers(services),
    enrolments: enrolmentHandlers(services),
    enrol: enrolHandlers(services),
    hostCredentials: hostCredentialHandlers(services),
    batch: batchHandlers(services),
    simulation: simulationHandlers(services),
    bridges: bridgeHandlers(services),
    routers: routerHandlers(services),
    routes: routeHandlers(services),
    ports: portHandlers(services),
    chains: chainHandlers(services),
    rules: ruleHandlers(services),
    portGroups: portGroupHandlers(services),
    portGroupPorts: portGroupPortHandlers(services),
    ipAddrGroups: ipAddrGroupHandlers(services),
    ipAddrGroupAddrs: ipAddrGroupAddrHandlers(services),
    loadBalancers: loadBalancerHandlers(services),
    pools: poolHandlers(services),
    poolMembers: poolMemberHandlers(services),
    vips: vipHandlers(services),
    healthMonitors: healthMonitorHandlers(services),
    qosPolicies: qosPolicyHandlers(services),
    qosBwLimitRules: qosBwLimitRuleHandlers(services),
    qosDscpRules: qosDscpRuleHandlers(services),
    mirrors: mirrorHandlers(services),
    l2Insertions: l2InsertionHandlers(services),
    traceRequests: traceRequestHandlers(services),
    loggingResources: loggingResourceHandlers(services),
    ruleLoggers: ruleLoggerHandlers(services),
    macTable: macTableHandlers(services),
    vlanMacTable: vlanMacTableHandlers(services),
    arpTable: arpTableHandlers(services),
    dhcpSubnets: dhcpSubnetHandlers(services),
    dhcpHosts: dhcpHostHandlers(services),
    dhcp6Subnets: dhcp6SubnetHandlers(services),
    dhcp6Hosts: dhcp6HostHandlers(services),
    hosts: hostHandlers(services),
    hostInterfaces: hostInterfaceHandlers(services),
    drops: dropHandlers(services),
    meters: meterHandlers(services),
    natPools: natPoolHandlers(services),
    hostPorts: hostPortHandlers(services),
    ...neutronHandlers(services),
    confSchemas: confSchemaHandlers(),
    confNodes: confNodeHandlers(services),
    confRuntime: confRuntimeHandlers(services),
    confTemplates: confTemplateHandlers(services),
    confTemplateMappings: confTemplateMappingHandlers(services),
    tunnelZones: tunnelZoneHandlers(services),
    tunnelZoneHosts: tunnelZoneHostHandlers(services),
  };
}
