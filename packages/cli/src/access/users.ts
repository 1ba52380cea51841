import { ROLES, type Role } from '@midonet/contract';
import { tenantOf } from './tenant-reference.ts';
import { usageError } from '../cli-error.ts';
import { change } from '../objects/change.ts';
import { table } from '../output/table.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { PASSWORD_OPTION, readPassword } from './password.ts';

/** Who may do what: docs/operations/access.md. */
export const ROLE_OPTION = ['--role <role>', `${ROLES.join(', ')}; auditor and reader change nothing`] as const;

export function roleOf(options: Options): Role | undefined {
  const text = options.text('role');
  const role = ROLES.find((one) => one === text);
  if (text !== undefined && role === undefined) throw usageError(`--role: "${text}" is none of ${ROLES.join(', ')}`);
  return role;
}

export function addUsers(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'user <name>',
    summary: 'make a user, a member of a tenant if nothing else is said',
    options: [['--tenant <tenant>', 'whose networks the user works on'], ROLE_OPTION, PASSWORD_OPTION],
    examples: [
      'midonet create user ann --tenant acme',
      'midonet create user root2 --role admin --password-file secret',
      'midonet create user eve --role auditor',
    ],
    act: async (session, [name = ''], options) => {
      const role = roleOf(options) ?? 'member';
      const tenantId = await tenantOf(session, options);
      const password = await readPassword(session, options, `Password for ${name}: `);
      session.show(await session.client.users.create({ body: { name, role, tenantId, password } }), (one) => one.name);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'users',
    summary: 'list users',
    options: [['--tenant <tenant>', 'only those of a tenant']],
    examples: ['midonet list users', 'midonet list users --tenant acme'],
    act: async (session, _words, options) => {
      const found = await session.client.users.list({ query: { tenant_id: await tenantOf(session, options) } });
      session.show(found, () =>
        table(
          ['NAME', 'ROLE', 'TENANT', 'ENABLED'],
          found.map((one) => [one.name, one.role, one.tenantId ?? '', one.enabled ? 'yes' : 'no']),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'user <name>',
    summary: 'show a user',
    examples: ['midonet show user ann'],
    act: async (session, [name = '']) => {
      session.show(await session.client.users.get({ name }), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'user <name>',
    summary: "change a user's role, tenant, state or password",
    options: [
      ROLE_OPTION,
      ['--tenant <tenant>', 'the tenant'],
      ['--enable', 'let the user in again'],
      ['--disable', 'keep the user out, sessions and tokens included'],
      ['--password', 'give a new password; it ends all sessions'],
      PASSWORD_OPTION,
    ],
    examples: ['midonet update user ann --role tenant-admin', 'midonet update user ann --password'],
    act: async (session, [name = ''], options) => {
      const changes = options.flag('password') || options.text('passwordFile') !== undefined;
      const password = changes ? await readPassword(session, options, `New password for ${name}: `) : undefined;
      const enabled = options.choice('enable', 'disable');
      const body = { role: roleOf(options), tenantId: await tenantOf(session, options), enabled, password };
      session.show(await change(session.client.users, { name }, body), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'user <names...>',
    summary: 'delete users with their tokens',
    examples: ['midonet delete user ann'],
    act: async (session, words) => {
      for (const name of words) await session.client.users.remove({ name });
    },
  });
}
