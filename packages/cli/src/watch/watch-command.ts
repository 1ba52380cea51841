import { WATCHED_KINDS } from '@midonet/contract';
import type { Command } from 'commander';
import { numberArgument } from '../arguments.ts';
import { usageError } from '../cli-error.ts';
import { fieldText } from '../history/field-text.ts';
import { storedKind } from '../objects/object-reference.ts';
import { structured } from '../output/format.ts';
import type { Session, Surroundings } from '../session.ts';
import { addCommand } from '../verbs.ts';
import type { WatchedChange } from './known-objects.ts';
import { followCollections } from './watch-feed.ts';

export function addWatch(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'watch [kinds...]',
    streams: true,
    summary: 'print changes as they happen, of all kinds of objects or of some',
    options: [
      ['--now', 'print what is there first'],
      ['--count <number>', 'end after so many changes'],
    ],
    examples: ['midonet watch', 'midonet watch port bridge', 'midonet watch rule --count 1 --json'],
    act: async (session, words, options) => {
      const kinds = words.length === 0 ? WATCHED_KINDS : [...new Set(words.map(watchedKind))];
      const count = options.text('count');
      let left = count === undefined ? Infinity : numberArgument('--count', count, 1, 1_000_000);
      const end = new AbortController();
      const events = {
        onReady: (again: boolean) => session.note(again ? 'connected again' : `watching ${kinds.join(', ')}`),
        onStartOver: (kind: string, reason: string) => session.note(`${kind} starts over: ${startsOver(reason)}`),
        onChange: (change: WatchedChange, first: boolean) => {
          if ((first && !options.flag('now')) || left === 0) return;
          print(session, change);
          if (first) return;
          left--;
          if (left === 0) end.abort();
        },
      };
      const ended = AbortSignal.any([end.signal, session.readerGone]);
      await followCollections(session.connection, kinds, events, ended);
    },
  });
}

/** As after `show`, in the plural too, or as stored. */
function watchedKind(word: string): string {
  const kind = storedKind(word) ?? storedKind(word.replace(/s$/, '')) ?? word;
  if (WATCHED_KINDS.includes(kind)) return kind;
  throw usageError(`"${word}" is no kind of object; there is ${WATCHED_KINDS.join(', ')}`);
}

function startsOver(reason: string): string {
  switch (reason) {
    case 'compacted':
      return 'the controller forgot what happened since (compacted); each change is told once, as things are now';
    case 'overflow':
      return 'more happened than was read (overflow); each change is told once, as things are now';
    default:
      return `the controller lost its place (${reason}); each change is told once, as things are now`;
  }
}

const SIGNS = { create: '+', update: '~', delete: '-' } as const;

function print(session: Session, change: WatchedChange): void {
  if (session.flags.format === 'yaml') session.print(`---\n${structured(change, 'yaml')}`);
  else if (session.flags.json === true) session.print(JSON.stringify(change));
  else {
    const { revision, op, object, name, fields } = change;
    const told = op === 'update' ? ` (${fields.map(fieldText).join(', ')})` : '';
    const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    session.print(`${time}  ${revision}  ${SIGNS[op]} ${object}${name === '' ? '' : ` ${name}`}${told}`);
  }
}
