import { missing } from '../cli-error.ts';
import { table } from '../output/table.ts';
import { addCommand, type Verbs } from '../verbs.ts';
import { seconds } from './duration.ts';
import { ROLE_OPTION, roleOf } from './users.ts';

export function addTokens(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'token',
    summary: 'make an API token for programs; it is shown this once',
    options: [
      ['--user <name>', 'whose; your own by default'],
      ROLE_OPTION,
      ['--description <text>', 'what it is for'],
      ['--expires <duration>', 'such as 12h or 90d; never by default'],
    ],
    examples: ['midonet create token --description ci --expires 90d', 'midonet create token --user ann --role reader'],
    act: async (session, _words, options) => {
      const expires = options.text('expires');
      const body = {
        user: options.text('user'),
        role: roleOf(options),
        description: options.text('description'),
        expiresIn: expires === undefined ? undefined : seconds('--expires', expires),
      };
      session.show(await session.client.apiTokens.create({ body }), ({ token }) => token);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'tokens',
    summary: 'list API tokens, never what they are',
    options: [['--user <name>', 'only those of a user']],
    examples: ['midonet list tokens'],
    act: async (session, _words, options) => {
      const found = await session.client.apiTokens.list({ query: { user: options.text('user') } });
      session.show(found, () =>
        table(
          ['ID', 'USER', 'ROLE', 'TENANT', 'EXPIRES', 'DESCRIPTION'],
          found.map((one) => [
            one.id,
            one.user,
            one.role,
            one.tenantId ?? '',
            one.expiresAt ?? 'never',
            one.description ?? '',
          ]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'token <ids...>',
    summary: 'delete API tokens, by id or the beginning of it; they end at once',
    examples: ['midonet delete token 3f2a9c0d11223344'],
    act: async (session, words) => {
      const known = (await session.client.apiTokens.list()).map(({ id }) => id);
      const ids = words.map((word) => idOf(word, known));
      for (const id of ids) await session.client.apiTokens.remove({ id });
    },
  });
}

function idOf(word: string, known: readonly string[]): string {
  // Whoever pastes the token itself means its id.
  const whole = /^(?:mnt_)?([0-9a-f]{16})(?:_.*)?$/.exec(word)?.[1];
  if (whole !== undefined) return whole;
  const found = /^[0-9a-f]{4,15}$/.test(word) ? known.filter((id) => id.startsWith(word)) : [];
  const [only] = found;
  if (only === undefined) throw missing(`"${word}" is no id of a token; midonet list tokens shows them`);
  if (found.length > 1)
    throw missing(`"${word}" begins ${found.length} ids of tokens: ${found.slice(0, 5).join(', ')}`);
  return only;
}
