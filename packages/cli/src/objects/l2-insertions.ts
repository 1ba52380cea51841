import type { L2InsertionDto } from '@midonet/contract';
import { macArgument, numberArgument } from '../arguments.ts';
import { usageError } from '../cli-error.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { shortId } from './directory.ts';
import { idNames } from './id-names.ts';

const COMMON = [
  ['--vlan <number>', 'tag of the frames at the service port; 0: they go as they are'],
  ['--position <number>', "its place on the machine's wire, the lowest next to the machine"],
  ['--fail-open', 'a service port that is down is passed by'],
] as const;

export function addL2Insertions(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'l2-insertion',
    summary: 'send what a machine at a port sends and gets through a service at another port',
    options: [
      ['--port <port>', 'where the machine is'],
      ['--mac <mac>', "the machine's MAC"],
      ['--service <port>', 'where the service is'],
      ...COMMON,
    ],
    examples: ['midonet create l2-insertion --port web --mac 02:00:00:00:00:01 --service fw --vlan 10 --fail-open'],
    act: async (session, _words, options) => {
      const { directory } = session;
      const body = {
        portId: (await directory.port(options.required('port', '--port'))).id,
        mac: macArgument('--mac', options.required('mac', '--mac')),
        srvPortId: (await directory.port(options.required('service', '--service'))).id,
        ...common(options),
        failOpen: options.flag('failOpen'),
      };
      session.show(await session.client.l2Insertions.create({ body }), ({ id }) => id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'l2-insertions',
    summary: 'list L2 insertions in the order in which frames from a machine pass them',
    options: [
      ['--port <port>', 'only of machines at this port'],
      ['--service <port>', 'only of services at this port'],
    ],
    act: async (session, _words, options) => {
      const query = {
        port: await portId(session, options, 'port'),
        srv_port: await portId(session, options, 'service'),
      };
      const found = [...(await session.client.l2Insertions.list({ query }))].sort(inOrder);
      const names = await idNames(session);
      session.show(found, () =>
        table(
          ['ID', 'PORT', 'MAC', 'POSITION', 'SERVICE', 'VLAN', 'WHEN DOWN'],
          found.map((one) => [
            ...[shortId(one.id), names(one.portId), one.mac, String(one.position), names(one.srvPortId)],
            ...[one.vlan === 0 ? '' : String(one.vlan), one.failOpen ? 'passed by' : 'drops'],
          ]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'l2-insertion <insertion>',
    summary: 'show an L2 insertion, named by its id or like web/02:00:00:00:00:01/1',
    examples: ['midonet show l2-insertion web/02:00:00:00:00:01/1'],
    act: async (session, [text = '']) => {
      session.show(await session.directory.l2Insertion(text), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'l2-insertion <insertion>',
    summary: 'change an L2 insertion',
    options: [
      ['--mac <mac>', "the machine's MAC"],
      ['--service <port>', 'another service port'],
      ...COMMON,
      ['--fail-closed', 'a service port that is down drops what would go there'],
    ],
    examples: ['midonet update l2-insertion web/02:00:00:00:00:01/1 --fail-closed'],
    act: async (session, [text = ''], options) => {
      const { id } = await session.directory.l2Insertion(text);
      const [open, closed, mac] = [options.flag('failOpen'), options.flag('failClosed'), options.text('mac')];
      if (open && closed) throw usageError('--fail-open and --fail-closed exclude each other');
      const body = {
        ...common(options),
        srvPortId: await portId(session, options, 'service'),
        mac: mac === undefined ? undefined : macArgument('--mac', mac),
        failOpen: open ? true : closed ? false : undefined,
      };
      session.show(await session.client.l2Insertions.update({ id, body }), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'l2-insertion <insertions...>',
    summary: 'delete L2 insertions',
    examples: ['midonet delete l2-insertion web/02:00:00:00:00:01/1'],
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.l2Insertion(text)));
      for (const { id } of found) await session.client.l2Insertions.remove({ id });
    },
  });
}

async function portId(session: Session, options: Options, name: 'port' | 'service'): Promise<string | undefined> {
  const text = options.text(name);
  return text === undefined ? undefined : (await session.directory.port(text)).id;
}

function common(options: Options): { readonly vlan: number | undefined; readonly position: number | undefined } {
  const number = (name: 'vlan' | 'position', most: number): number | undefined => {
    const text = options.text(name);
    return text === undefined ? undefined : numberArgument(`--${name}`, text, 0, most);
  };
  return { vlan: number('vlan', 4094), position: number('position', 0x7fffffff) };
}

function inOrder(a: L2InsertionDto, b: L2InsertionDto): number {
  const [left, right] = [`${a.portId} ${a.mac}`, `${b.portId} ${b.mac}`];
  return left === right ? a.position - b.position : left < right ? -1 : 1;
}
