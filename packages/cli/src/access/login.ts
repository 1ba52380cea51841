import { createClient } from '@midonet/contract';
import type { Command } from 'commander';
import type { Surroundings } from '../session.ts';
import { addCommand, describe } from '../verbs.ts';
import { forgetCredentials, readCredentials, writeCredentials } from './credentials.ts';
import { PASSWORD_OPTION, readPassword } from './password.ts';

/** Who works at this shell. */
export function addLogin(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'login <user>',
    summary: 'log in with a password; later commands use the session until it ends or you log out',
    options: [PASSWORD_OPTION],
    examples: ['midonet login ann', 'midonet login admin --password-file /var/lib/midonet/controller/admin-password'],
    act: async (session, [user = ''], options) => {
      const password = await readPassword(session, options, `Password of ${user}: `);
      const { urls } = session.connection;
      const url = urls.join(',');
      const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
      const { key, expires } = await createClient({ baseUrl: urls }).login.create({ headers: { authorization } });
      writeCredentials(session.env, { url, token: key, user });
      session.note(`logged in at ${url} as ${user} until ${expires}`);
    },
  });
  addCommand(program, surroundings, {
    usage: 'logout',
    summary: 'end the session of the last login and forget it',
    examples: ['midonet logout'],
    act: async (session) => {
      const credentials = readCredentials(session.env);
      if (credentials === undefined) {
        session.note('nobody is logged in');
        return;
      }
      forgetCredentials(session.env);
      const { url, token } = credentials;
      // A session that has ended already is logged out as well.
      await createClient({ baseUrl: url.split(','), token })
        .login.remove()
        .catch((error: unknown) => session.note(`forgotten here, though: ${String(error)}`));
    },
  });
  addCommand(program, surroundings, {
    usage: 'whoami',
    summary: 'show who the controller takes you for, and your role and tenant',
    examples: ['midonet whoami'],
    act: async (session) => {
      session.show(await session.client.whoami.get(), (one) => session.fields(describe(one)));
    },
  });
}
