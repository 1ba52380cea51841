import { parseCodes, printCodes, type HealthMonitor, type HealthMonitorId, type NumberRange } from '@midonet/topology';
import { z } from 'zod';
import { idField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';
import { LB_STATUS, statusOf, wordField } from './balancer-words.ts';

const TYPES = ['TCP', 'HTTP'] as const;

/** `200`, `200-299` or several of these with commas between, as OpenStack writes them. */
const codesField = z
  .string()
  .max(256)
  .transform((text, context): readonly NumberRange[] => {
    const codes = parseCodes(text);
    if (codes !== undefined) return codes;
    context.addIssue({ code: 'custom', message: 'must be codes or ranges such as 200,301-302' });
    return z.NEVER;
  });

export const healthMonitorInput = z.object({
  id: idField<HealthMonitorId>().nullish(),
  /** Beyond what MidoNet has. */
  tenantId: textField.nullish(),
  name: textField.nullish(),
  type: wordField(...TYPES).nullish(),
  delay: z.int().nullish(),
  timeout: z.int().nullish(),
  maxRetries: z.int().nullish(),
  adminStateUp: z.boolean().nullish(),
  /** Of HTTP only, beyond what MidoNet has. */
  urlPath: z.string().max(1024).nullish(),
  expectedCodes: codesField.nullish(),
});
export type HealthMonitorInput = z.output<typeof healthMonitorInput>;

export const healthMonitorDto = z.object({
  id: z.string(),
  uri: z.string(),
  tenantId: z.string(),
  name: z.string().nullable(),
  type: z.enum(TYPES),
  delay: z.number(),
  timeout: z.number(),
  maxRetries: z.number(),
  adminStateUp: z.boolean(),
  status: z.enum(LB_STATUS),
  urlPath: z.string().nullable(),
  expectedCodes: z.string().nullable(),
  poolIds: z.array(z.string()),
  pools: z.string(),
});
export type HealthMonitorDto = z.output<typeof healthMonitorDto>;

const DEFAULTS = { type: 'tcp', adminStateUp: true, delay: 5, timeout: 5, maxRetries: 3 } as const;
const DEFAULT_CODES: readonly NumberRange[] = [{ start: 200, end: 399 }];

export function newHealthMonitor(input: HealthMonitorInput, newId: () => HealthMonitorId): HealthMonitor {
  const delay = input.delay ?? DEFAULTS.delay;
  const timeout = Math.min(DEFAULTS.timeout, Math.max(delay, 1));
  const id = input.id ?? newId();
  return updateHealthMonitor({ kind: 'healthMonitor', id, tenantId: '', ...DEFAULTS, timeout }, input);
}

export function updateHealthMonitor(old: HealthMonitor, input: HealthMonitorInput): HealthMonitor {
  const common = {
    kind: old.kind,
    id: old.id,
    tenantId: input.tenantId ?? old.tenantId,
    name: input.name === undefined ? old.name : (input.name ?? undefined),
    adminStateUp: input.adminStateUp ?? old.adminStateUp,
    delay: input.delay ?? old.delay,
    timeout: input.timeout ?? old.timeout,
    maxRetries: input.maxRetries ?? old.maxRetries,
  };
  const type = input.type ?? (old.type === 'tcp' ? 'TCP' : 'HTTP');
  if (type === 'TCP') return { ...common, type: 'tcp' };
  return {
    ...common,
    type: 'http',
    path: input.urlPath ?? (old.type === 'http' ? old.path : '/'),
    expectedCodes: input.expectedCodes ?? (old.type === 'http' ? old.expectedCodes : DEFAULT_CODES),
  };
}

export function healthMonitorToDto(monitor: HealthMonitor, poolIds: readonly string[], base: Base): HealthMonitorDto {
  const { id, tenantId, delay, timeout, maxRetries, adminStateUp } = monitor;
  const uri = link(base, 'health_monitors', id);
  return {
    id,
    uri,
    tenantId,
    name: monitor.name ?? null,
    type: monitor.type === 'tcp' ? 'TCP' : 'HTTP',
    delay,
    timeout,
    maxRetries,
    adminStateUp,
    status: statusOf(adminStateUp),
    urlPath: monitor.type === 'http' ? monitor.path : null,
    expectedCodes: monitor.type === 'http' ? printCodes(monitor.expectedCodes) : null,
    poolIds: [...poolIds],
    pools: `${uri}/pools`,
  };
}
