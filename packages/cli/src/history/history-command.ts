import type { HistoryEntry } from '@midonet/contract';
import type { Command } from 'commander';
import { numberArgument } from '../arguments.ts';
import { objectKey } from '../objects/object-reference.ts';
import type { Surroundings } from '../session.ts';
import { addCommand } from '../verbs.ts';
import { fieldText, valueText } from './field-text.ts';

export function addHistory(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'history <kind> [object]',
    summary: 'show what became of an object: who changed what, when and from where, newest first',
    options: [
      ['--limit <number>', 'the newest so many changes, 50 by default'],
      ['--before <revision>', 'only changes before this revision'],
    ],
    examples: [
      'midonet history bridge red',
      'midonet history rule web-in:1 --limit 5',
      'midonet history bridge red --at 2h',
      'midonet history bridge/3f2a9c01-7d1e-4b57-9a55-0a1b2c3d4e5f',
    ],
    act: async (session, [kind = '', text], options) => {
      const [limit, before] = [options.text('limit'), options.text('before')];
      if (limit !== undefined) numberArgument('--limit', limit, 1, 1000);
      if (before !== undefined) numberArgument('--before', before, 1, Number.MAX_SAFE_INTEGER);
      // With --at the name is looked up as it was then; what became of the object is told up to now.
      const object = await objectKey(session, kind, text);
      const found = await session.presentClient.history.list({ query: { object, limit, before } });
      session.show(found, () =>
        found.length === 0 ? `nothing is known of ${object}` : found.map(entryText).join('\n'),
      );
    },
  });
}

function entryText({ revision, at, user, from, op, fields }: HistoryEntry): string {
  const when = at === null ? 'earlier than the history kept' : at.replace(/\.\d+Z$/, 'Z');
  const who = user === null ? '' : `  ${user}${from === null ? '' : ` from ${from}`}`;
  const head = `revision ${revision}  ${when}${who}  ${op}`;
  const lines = fields.map((change) => {
    if (op === 'create') return `${change.field}: ${valueText(change.after)}`;
    return op === 'delete' ? `${change.field}: ${valueText(change.before)}` : fieldText(change);
  });
  return [head, ...lines.map((line) => `  ${line}`)].join('\n');
}
