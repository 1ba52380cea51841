import { z } from 'zod';
import { textField } from '../fields.ts';

/**
 * What a user may do. `admin`: everything, in every tenant. `auditor`: looks at everything, in every tenant, and
 * changes nothing. `tenant-admin`: everything of their own tenant, its users and tokens too. `member`: the virtual
 * networks of their own tenant. `reader`: looks at these and changes nothing.
 */
export const ROLES = ['admin', 'auditor', 'tenant-admin', 'member', 'reader'] as const;
export type Role = (typeof ROLES)[number];

/** Of the provider's people, who belong to no tenant. */
export const CLOUD_ROLES = ['admin', 'auditor'] as const satisfies readonly Role[];
export type CloudRole = (typeof CLOUD_ROLES)[number];
export type TenantRole = Exclude<Role, CloudRole>;

export function isCloudRole(role: string): role is CloudRole {
  return CLOUD_ROLES.some((one) => one === role);
}

const role = z.enum(ROLES, { error: `must be one of ${ROLES.join(', ')}` });

/** Typed on command lines and in URLs, so plain characters only. */
export const userNameField = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, 'must be 1 to 64 letters, digits or . _ @ -, a letter or digit first');
export const tenantIdField = textField.min(1, 'must not be empty');
const passwordField = z.string().min(8, 'must have 8 characters or more').max(256);

export const userInput = z.object({
  name: userNameField,
  password: passwordField,
  role,
  /** Required for the roles of tenants; admins and auditors have none. */
  tenantId: tenantIdField.nullish(),
  enabled: z.boolean().nullish(),
});
/** Absent and null keep what was there. A new password ends the user's sessions. */
export const userUpdate = z.object({
  password: passwordField.nullish(),
  role: role.nullish(),
  tenantId: tenantIdField.nullish(),
  enabled: z.boolean().nullish(),
});
export type UserInput = z.output<typeof userInput>;
export type UserUpdate = z.output<typeof userUpdate>;

export const userDto = z.object({
  uri: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  tenantId: z.string().nullable(),
  enabled: z.boolean(),
  createdAt: z.string(),
});
export type UserDto = z.output<typeof userDto>;

export const apiTokenInput = z.object({
  /** Whose token; the caller's own when absent. */
  user: userNameField.nullish(),
  description: textField.nullish(),
  /** Less than the user's own role, for a token that may do less. */
  role: role.nullish(),
  /** Seconds; a token without this lasts until it is deleted. */
  expiresIn: z
    .int()
    .min(1)
    .max(10 * 365 * 86_400)
    .nullish(),
});
export type ApiTokenInput = z.output<typeof apiTokenInput>;

export const apiTokenDto = z.object({
  uri: z.string(),
  id: z.string(),
  user: z.string(),
  role: z.enum(ROLES),
  tenantId: z.string().nullable(),
  description: z.string().nullable(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
});
export type ApiTokenDto = z.output<typeof apiTokenDto>;

/** `token` is shown this once: the controller keeps only its hash. */
export const newApiTokenDto = apiTokenDto.extend({ token: z.string() });
export type NewApiTokenDto = z.output<typeof newApiTokenDto>;

/** Who the caller is. */
export const whoamiDto = z.object({
  user: z.string(),
  role: z.string(),
  tenantId: z.string().nullable(),
  /** How they proved it: root (the controller's own token), session, token, host, none. */
  credential: z.string(),
  expiresAt: z.string().nullable(),
});
export type WhoamiDto = z.output<typeof whoamiDto>;

export const tenantInput = z.object({
  id: tenantIdField,
  name: textField.nullish(),
  description: textField.nullish(),
  enabled: z.boolean().nullish(),
});
export const tenantUpdate = tenantInput.omit({ id: true });
export type TenantInput = z.output<typeof tenantInput>;
export type TenantUpdate = z.output<typeof tenantUpdate>;
