import type { LoggingResourceId, RouterId, RuleLoggerId } from '@midonet/topology';
import { z } from 'zod';
import { common, idField, neutronId, portRangeField, prefixField, textField, wordField } from './fields.ts';
import { protocolField } from './protocol.ts';

const firewallRule = z.object({
  id: neutronId.nullish(),
  ...common,
  protocol: protocolField.nullish(),
  ip_version: z.union([z.literal(4), z.literal(6)]).nullish(),
  source_ip_address: prefixField.nullish(),
  destination_ip_address: prefixField.nullish(),
  source_port: portRangeField.nullish(),
  destination_port: portRangeField.nullish(),
  action: wordField('allow', 'deny', 'reject'),
  /** From 1; without: in the order of the list, behind those that have one. */
  position: z.int().min(0).nullish(),
  enabled: z.boolean().nullish(),
});
export type FirewallRule = z.output<typeof firewallRule>;

const routerIds = z.array(idField<RouterId>()).max(1024).nullish();

/** A firewall of the first kind (FWaaS v1), which comes with the rules of its policy. */
export const firewall = z.object({
  id: neutronId.nullish(),
  ...common,
  description: textField.nullish(),
  status: textField.nullish(),
  shared: z.boolean().nullish(),
  admin_state_up: z.boolean().nullish(),
  firewall_policy_id: textField.nullish(),
  firewall_rule_list: z.array(firewallRule).max(1024).nullish(),
  /** All routers that it is at. */
  'add-router-ids': routerIds,
  'del-router-ids': routerIds,
  /** It is at none any more. */
  'last-router': z.boolean().nullish(),
});
type Said = Omit<z.output<typeof firewall>, 'id'>;

/** The same, with the routers that it is at when this was said of it. */
export function placed<F extends Said>(said: F): F {
  const gone = new Set(said['del-router-ids']);
  const routers = said['last-router'] === true ? [] : (said['add-router-ids'] ?? []).filter((id) => !gone.has(id));
  return { ...said, 'add-router-ids': routers, 'del-router-ids': [], 'last-router': false };
}

/** Where what firewalls decide is written to. */
export const loggingResource = z.object({
  id: idField<LoggingResourceId>().nullish(),
  ...common,
  description: textField.nullish(),
  enabled: z.boolean().nullish(),
});

/** What a firewall decides is written down. */
export const firewallLog = z.object({
  id: idField<RuleLoggerId>().nullish(),
  ...common,
  description: textField.nullish(),
  logging_resource_id: idField<LoggingResourceId>(),
  /** At creation: the resource, which is made when it is not there. It is kept as an object of its own. */
  logging_resource: loggingResource.nullish(),
  fw_event: wordField('ACCEPT', 'DROP', 'ALL').nullish(),
  firewall_id: neutronId,
});
