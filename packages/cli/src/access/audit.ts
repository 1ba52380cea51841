import type { AuditRecord } from '@midonet/contract';
import type { Command } from 'commander';
import { table } from '../output/table.ts';
import type { Surroundings } from '../session.ts';
import { addCommand } from '../verbs.ts';
import { timeBack } from './duration.ts';

export function addAudit(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'audit',
    summary: 'show who changed what, when and from where, newest last',
    options: [
      ['--since <time>', 'a time or how long back, 24h by default'],
      ['--user <name>', 'only what this user did'],
      ['--object <object>', 'only what concerns this: an id, a kind, or kind/id'],
      ['--limit <number>', 'the newest so many, 100 by default'],
    ],
    examples: ['midonet audit --since 2h', 'midonet audit --user ann --object bridge', 'midonet audit --limit 1000'],
    act: async (session, _words, options) => {
      const since = options.text('since');
      const query = {
        since: since === undefined ? undefined : timeBack('--since', since, Date.now()),
        user: options.text('user'),
        object: options.text('object'),
        limit: options.text('limit'),
      };
      const found = await session.client.audit.list({ query });
      session.show(found, () =>
        table(
          ['TIME', 'USER', 'FROM', 'TENANT', 'CHANGES'],
          found.map((one) => [
            one.at.replace(/\.\d+Z$/, 'Z'),
            one.token === null ? one.user : `${one.user} (token ${one.token})`,
            one.from ?? '',
            one.tenantId ?? '',
            changesText(one),
          ]),
          session.width,
        ),
      );
    },
  });
}

function changesText({ changes, more }: AuditRecord): string {
  const [first, ...rest] = changes;
  const others = rest.length + more;
  if (first === undefined) return '';
  return `${first.op} ${first.object}${others === 0 ? '' : ` and ${others} more`}`;
}
