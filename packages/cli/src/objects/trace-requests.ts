import type { TraceRequestDto } from '@midonet/contract';
import { numberArgument } from '../arguments.ts';
import { usageError } from '../cli-error.ts';
import { table } from '../output/table.ts';
import { clearedOf, matchesOf, MATCH_OPTIONS } from '../rules/rule-options.ts';
import { conditionText } from '../rules/rule-text.ts';
import type { Session } from '../session.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { shortId } from './directory.ts';
import { idNames } from './id-names.ts';

const LIMIT = ['--limit <packets>', 'packets that each host writes down, 100 by default, 1000 at most'] as const;

export function addTraceRequests(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'trace-request <name>',
    summary: 'trace live packets at a bridge, router or port, with the answers to them; see midonet timeline',
    options: [
      ['--bridge <bridge>', 'packets that come through this bridge'],
      ['--router <router>', 'packets that come through this router'],
      ['--port <port>', 'packets that come or go by this port'],
      LIMIT,
      ['--disabled', 'trace nothing until it is enabled'],
      ...MATCH_OPTIONS,
    ],
    examples: [
      'midonet create trace-request slow-web --port web --proto tcp --dst-port 443',
      'midonet create trace-request lost --router edge --src 10.1.0.10 --limit 20',
    ],
    act: async (session, [name = ''], options) => {
      const body = {
        name,
        ...(await deviceOf(session, options)),
        condition: await matchesOf(session, options),
        limit: limitOf(options),
        enabled: !options.flag('disabled'),
      };
      session.show(await session.client.traceRequests.create({ body }), ({ id }) => id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'trace-requests',
    summary: 'list trace requests',
    act: async (session) => {
      const found = await session.directory.traceRequests();
      const names = await idNames(session);
      session.show(found, () =>
        table(
          ['ID', 'NAME', 'AT', 'PACKETS', 'LIMIT', 'TRACES UNTIL'],
          found.map((one) => [
            ...[shortId(one.id), one.name, `${one.deviceType.toLowerCase()} ${names(one.deviceId)}`],
            ...[conditionText(one.condition, names) || 'all', String(one.limit), untilText(one)],
          ]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'trace-request <trace>',
    summary: 'show a trace request',
    act: async (session, [text = '']) => {
      await show(session, await session.directory.traceRequest(text));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'trace-request <trace>',
    summary: 'change a trace request; enabling it begins anew',
    options: [
      ['--enable', 'trace, for an hour'],
      ['--disable', 'trace no more; what was traced stays'],
      ['--name <name>', 'a new name'],
      LIMIT,
      ['--clear <tests...>', 'tests to take away, by their names here'],
      ...MATCH_OPTIONS,
    ],
    examples: ['midonet update trace-request slow-web --disable', 'midonet update trace-request slow-web --enable'],
    act: async (session, [text = ''], options) => {
      const { id } = await session.directory.traceRequest(text);
      const condition = { ...clearedOf(options.list('clear') ?? []), ...(await matchesOf(session, options)) };
      const body = {
        name: options.text('name'),
        limit: limitOf(options),
        enabled: enabledOf(options),
        condition: Object.keys(condition).length === 0 ? undefined : condition,
      };
      await show(session, await change(session.client.traceRequests, { id }, body));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'trace-request <traces...>',
    summary: 'delete trace requests, with what was traced',
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.traceRequest(text)));
      for (const { id } of found) await session.client.traceRequests.remove({ id });
    },
  });
}

async function deviceOf(session: Session, options: Options): Promise<{ deviceType: string; deviceId: string }> {
  const { directory } = session;
  const [bridge, router, port] = [options.text('bridge'), options.text('router'), options.text('port')];
  if ([bridge, router, port].filter((one) => one !== undefined).length !== 1) {
    throw usageError('say where: with one of --bridge, --router and --port');
  }
  if (bridge !== undefined) return { deviceType: 'BRIDGE', deviceId: (await directory.bridge(bridge)).id };
  if (router !== undefined) return { deviceType: 'ROUTER', deviceId: (await directory.router(router)).id };
  return { deviceType: 'PORT', deviceId: (await directory.port(port ?? '')).id };
}

function limitOf(options: Options): number | undefined {
  const text = options.text('limit');
  return text === undefined ? undefined : numberArgument('--limit', text, 1, 1000);
}

function enabledOf(options: Options): boolean | undefined {
  const [on, off] = [options.flag('enable'), options.flag('disable')];
  if (on && off) throw usageError('--enable and --disable exclude each other');
  return on ? true : off ? false : undefined;
}

function untilText({ enabledUntilMs }: TraceRequestDto): string {
  return enabledUntilMs === null ? 'disabled' : new Date(enabledUntilMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

async function show(session: Session, request: TraceRequestDto): Promise<void> {
  const names = await idNames(session);
  const { id, name, deviceType, deviceId, condition, limit } = request;
  const text = { id, name, at: `${deviceType.toLowerCase()} ${names(deviceId)}`, limit };
  const packets = conditionText(condition, names) || 'all';
  session.show(request, () => session.fields(describe({ ...text, packets, tracesUntil: untilText(request) })));
}
