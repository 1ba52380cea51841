import type { IpAddrGroupId, RuleId } from '@midonet/topology';
import { z } from 'zod';
import { common, idField, prefixField, textField } from './fields.ts';
import { protocolField } from './protocol.ts';

export const securityGroupRule = z.object({
  id: idField<RuleId>().nullish(),
  tenant_id: textField.nullish(),
  project_id: textField.nullish(),
  security_group_id: idField<IpAddrGroupId>(),
  /** As a machine sees it: ingress is what comes to it. */
  direction: z.enum(['ingress', 'egress']),
  ethertype: z.enum(['IPv4', 'IPv6', 'ipv4', 'ipv6']).nullish(),
  protocol: protocolField.nullish(),
  /** A port, or the type of ICMP; -1 and absent: any. */
  port_range_min: z.int().min(-1).max(65535).nullish(),
  /** The last port, or the code of ICMP. */
  port_range_max: z.int().min(-1).max(65535).nullish(),
  remote_ip_prefix: prefixField.nullish(),
  remote_group_id: idField<IpAddrGroupId>().nullish(),
});

export const securityGroup = z.object({
  id: idField<IpAddrGroupId>().nullish(),
  ...common,
  description: textField.nullish(),
  /** At creation: rules that are made with it. They are kept as objects of their own. */
  security_group_rules: z
    .array(securityGroupRule.extend({ security_group_id: idField<IpAddrGroupId>().nullish() }))
    .max(1024)
    .nullish(),
});
