import { ApiError, type DropDto } from '@midonet/contract';
import { DATAPATH_REASONS, DROP_REASONS } from '@midonet/flow';
import type { Command } from 'commander';
import { numberArgument } from './arguments.ts';
import { usageError } from './cli-error.ts';
import { shortId, type NamedKind } from './objects/directory.ts';
import { table } from './output/table.ts';
import { findRule } from './rules/rule-options.ts';
import type { Session, Surroundings } from './session.ts';
import { addCommand, type Options } from './verbs.ts';

/** Kinds of objects that decide about packets and have names. */
const NAMED: Readonly<Record<string, NamedKind>> = {
  port: 'port',
  bridge: 'bridge',
  router: 'router',
  chain: 'chain',
};
/** How often hosts report. */
const WATCH_SECONDS = 5;

export function addDrops(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'drops',
    summary: 'which packets hosts drop, why, what decided and who last changed that',
    options: [
      ['--host <host>', 'drops of this host alone'],
      ['--port <port>', 'packets that came in by this port'],
      ['--rule <rule>', 'packets that this rule drops, named like web-in:3 or by its id'],
      ['--reason <reason>', 'packets dropped for this reason, such as chainDrop'],
      ['--watch', 'print again what has changed until interrupted'],
      ['--every <seconds>', 'how often with --watch (5)'],
    ],
    examples: ['midonet drops', 'midonet drops --port web --reason chainDrop', 'midonet drops --json'],
    act: async (session, _words, options) => {
      const read = await reading(session, options);
      const seconds = numberArgument('--every', options.text('every') ?? String(WATCH_SECONDS), 1, 3600);
      let last = await read();
      await print(session, last);
      while (options.flag('watch') && !session.readerGone.aborted) {
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
        const now = await read();
        await print(session, grown(last, now));
        last = now;
      }
    },
  });
}

async function reading(session: Session, options: Options): Promise<() => Promise<readonly DropDto[]>> {
  const { client, directory } = session;
  const [host, port, reason] = [options.text('host'), options.text('port'), options.text('reason')];
  const rule = options.text('rule');
  const reasons = { ...DROP_REASONS, ...DATAPATH_REASONS };
  if (reason !== undefined && !Object.hasOwn(reasons, reason)) {
    throw usageError(`--reason: "${reason}" is none; there is ${Object.keys(reasons).join(', ')}`);
  }
  const query = {
    host_id: host === undefined ? undefined : (await directory.host(host)).id,
    port_id: port === undefined ? undefined : (await directory.port(port)).id,
    by_id: rule === undefined ? undefined : isId(rule) ? rule : (await findRule(session, rule)).id,
    reason,
  };
  return () => client.drops.list({ query });
}

async function print(session: Session, drops: readonly DropDto[]): Promise<void> {
  if (session.flags.json === true) {
    session.print(JSON.stringify(drops, undefined, 2));
    return;
  }
  const rows: string[][] = [];
  for (const drop of drops) {
    const { reason, explanation, changed, packets } = drop;
    const last = changed === null ? '' : `${changed.user} ${changed.at}`;
    const host = await session.directory.label('host', drop.hostId);
    const port = await labelOf(session, 'port', drop.port);
    rows.push([String(packets), host, port, reason, await decided(session, drop), last, explanation]);
  }
  const headings = ['PACKETS', 'HOST', 'PORT', 'REASON', 'DECIDED BY', 'LAST CHANGED BY', 'BECAUSE'];
  if (rows.length > 0) session.print(table(headings, rows, session.width));
}

/** A whole id: it may be of what is there no more. */
function isId(text: string): boolean {
  return /^[0-9a-f-]{36}$/i.test(text);
}

/** `port` may be a word for what is no virtual port. */
async function labelOf(session: Session, kind: NamedKind, id: string): Promise<string> {
  return isId(id) ? session.directory.label(kind, id) : id;
}

async function decided(session: Session, { byKind, byId }: DropDto): Promise<string> {
  if (byKind === 'rule') return ruleName(session, byId);
  const kind = NAMED[byKind];
  return `${byKind} ${kind === undefined ? shortId(byId) : await labelOf(session, kind, byId)}`.trimEnd();
}

/** The rule may be gone since. */
async function ruleName(session: Session, id: string): Promise<string> {
  try {
    const { chainId, position } = await session.client.rules.get({ id });
    return `rule ${await session.directory.label('chain', chainId)}:${position}`;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return `rule ${shortId(id)}, deleted`;
    throw error;
  }
}

/** Counts that are greater than before, by how much; an agent that started again counts from nothing. */
export function grown(before: readonly DropDto[], now: readonly DropDto[]): DropDto[] {
  const known = new Map(before.map((drop) => [keyOf(drop), drop.packets]));
  return now.flatMap((drop) => {
    const old = known.get(keyOf(drop)) ?? 0;
    const packets = drop.packets < old ? drop.packets : drop.packets - old;
    return packets === 0 ? [] : [{ ...drop, packets }];
  });
}

function keyOf({ hostId, reason, port, byKind, byId }: DropDto): string {
  return [hostId, reason, port, byKind, byId].join(' ');
}
