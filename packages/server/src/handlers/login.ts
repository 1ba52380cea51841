import { tenantOfIdentity } from '../access/identity.ts';
import type { Group } from '../http/handlers.ts';
import { Refusal } from '../http/problem.ts';
import type { Services } from './services.ts';

export function loginHandlers({ authenticator }: Services): Group<'login'> {
  return {
    create: async ({ headers, author }) => {
      const session = await authenticator.login(headers, author.from ?? '');
      if (session === undefined) throw new Refusal(401, 'user or password is wrong');
      return { key: session.key, expires: new Date(session.expires).toUTCString() };
    },
    remove: async ({ headers }) => {
      await authenticator.logout(headers);
      return undefined;
    },
  };
}

export function whoamiHandlers(): Group<'whoami'> {
  return {
    get: ({ caller: { identity } }) => {
      const { user, role, credential } = identity;
      const expiresAt = credential.expires === undefined ? null : new Date(credential.expires).toISOString();
      const tenantId = tenantOfIdentity(identity) ?? null;
      return Promise.resolve({ user, role, tenantId, credential: credential.kind, expiresAt });
    },
  };
}
