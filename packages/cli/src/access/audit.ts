import type { AuditRecord } from '@midonet/contract';
import type { Command } from 'commander';
import { table } from '../output/table.ts';
import { objectKey, storedKind } from '../objects/object-reference.ts';
import type { Session, Surroundings } from '../session.ts';
import { addCommand } from '../verbs.ts';
import { timeBack } from './duration.ts';

export function addAudit(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'audit',
    summary: 'show who changed what, when and from where, newest last',
    options: [
      ['--since <time>', 'a time or how long back, 24h by default'],
      ['--user <name>', 'only what this user did'],
      ['--object <object>', 'only what concerns this: a kind, an id, or kind/name'],
      ['--limit <number>', 'the newest so many, 100 by default'],
    ],
    examples: [
      'midonet audit --since 2h',
      'midonet audit --user ann --object bridge/red',
      'midonet audit --limit 1000',
    ],
    act: async (session, _words, options) => {
      const since = options.text('since');
      const query = {
        since: since === undefined ? undefined : timeBack('--since', since, Date.now()),
        user: options.text('user'),
        object: await objectOf(session, options.text('object')),
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

/** `bridge/red` as the trail has it, where there is such a thing; everything else as it stands. */
async function objectOf(session: Session, text: string | undefined): Promise<string | undefined> {
  const [, kind = '', name] = /^([a-z0-9-]+)\/(.+)$/.exec(text ?? '') ?? [];
  if (name === undefined || storedKind(kind) === undefined) return text;
  return objectKey(session, kind, name);
}

function changesText({ changes, more }: AuditRecord): string {
  const [first, ...rest] = changes;
  const others = rest.length + more;
  if (first === undefined) return '';
  return `${first.op} ${first.object}${others === 0 ? '' : ` and ${others} more`}`;
}
