import type { RestoredDto } from '@midonet/contract';
import type { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { objectKey } from '../objects/object-reference.ts';
import type { Surroundings } from '../session.ts';
import { addCommand } from '../verbs.ts';
import { fieldText } from './field-text.ts';

export function addRestore(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'restore <kind> [object]',
    summary: 'put an object back as it was --at a revision or time, with what was deleted along with it',
    options: [['--dry-run', 'only show the difference']],
    examples: ['midonet restore bridge red --at 10m --dry-run', 'midonet restore port web --at 4711'],
    act: async (session, [kind = '', text], options) => {
      const { at } = session;
      if (at === undefined) throw usageError('--at is required: the revision or time to go back to; midonet history');
      const object = await objectKey(session, kind, text);
      const dryRun = options.flag('dryRun');
      session.show(await session.client.restore.run({ body: { object, at, dryRun } }), restoredText);
    },
  });
}

const SIGNS = { create: '+', update: '~', delete: '-' } as const;

function restoredText({ changes, dryRun, revision }: RestoredDto): string {
  if (changes.length === 0) return `nothing to change: it is as it was at revision ${revision}`;
  const lines = changes.map(({ op, object, fields }) => {
    const shown = op === 'update' ? ` (${fields.map(fieldText).join(', ')})` : '';
    return `${SIGNS[op]} ${object}${shown}`;
  });
  const count = `${changes.length} change${changes.length === 1 ? '' : 's'}`;
  return [...lines, dryRun ? `${count} to make` : `${count} made`].join('\n');
}
