import type { HostId } from '@midonet/topology';
import { z } from 'zod';
import { idField, textField } from '../fields.ts';

export const enrolmentInput = z.object({
  /** The host's name; the agent that trades the token is this host from then on. */
  name: textField.min(1, 'must not be empty'),
  /** Seconds, an hour when absent. */
  expiresIn: z
    .int()
    .min(1)
    .max(30 * 86_400)
    .nullish(),
});
export const enrolmentDto = z.object({
  id: z.string(),
  uri: z.string(),
  name: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
});
export type EnrolmentDto = z.output<typeof enrolmentDto>;
/** `token` is shown this once. */
export const newEnrolmentDto = enrolmentDto.extend({ token: z.string() });

/** What an agent sends to become a host: the token, and the id it made for itself. */
export const enrolInput = z.object({ token: z.string().max(512), hostId: idField<HostId>() });
export const credentialDto = z.object({ hostId: z.string(), name: z.string(), credential: z.string() });
export type CredentialDto = z.output<typeof credentialDto>;

export const hostCredentialDto = z.object({
  uri: z.string(),
  hostId: z.string(),
  name: z.string(),
  createdAt: z.string(),
});
export type HostCredentialDto = z.output<typeof hostCredentialDto>;
