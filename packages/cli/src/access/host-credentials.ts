import type { Command } from 'commander';
import { missing } from '../cli-error.ts';
import { table } from '../output/table.ts';
import type { Session, Surroundings } from '../session.ts';
import { addCommand } from '../verbs.ts';
import { seconds } from './duration.ts';

/** Agents' own credentials: how a host gets one, and how it loses it. */
export function addHostCredentials(program: Command, surroundings: Surroundings): void {
  const host = program
    .command('host')
    .summary("hosts' credentials")
    .description('Give hosts credentials, take them back.');
  addCommand(host, surroundings, {
    usage: 'enrol <name>',
    summary: 'make a token with which one agent becomes this host, once',
    options: [['--expires <duration>', 'how long it may wait to be used, 1h by default']],
    examples: ['midonet host enrol hv1', 'midonet host enrol hv2 --expires 15m'],
    act: async (session, [name = ''], options) => {
      const expires = options.text('expires');
      const expiresIn = expires === undefined ? undefined : seconds('--expires', expires);
      const made = await session.client.enrolments.create({ body: { name, expiresIn } });
      session.show(made, ({ token }) => token);
      session.note(`on ${name}: MIDONET_ENROL=… midonet agent --controller ${session.connection.urls.join(',')}`);
    },
  });
  addCommand(host, surroundings, {
    usage: 'credentials',
    summary: 'list hosts that have a credential, and enrolment tokens not used yet',
    examples: ['midonet host credentials'],
    act: async (session) => {
      const [hosts, waiting] = await Promise.all([
        session.client.hostCredentials.list(),
        session.client.enrolments.list(),
      ]);
      session.show({ hosts, waiting }, () =>
        table(
          ['HOST', 'ID', 'STATE'],
          [
            ...hosts.map((one) => [one.name, one.hostId, `enrolled ${one.createdAt}`]),
            ...waiting.map((one) => [one.name, one.id, `token waits until ${one.expiresAt}`]),
          ],
          session.width,
        ),
      );
    },
  });
  addCommand(host, surroundings, {
    usage: 'withdraw <token>',
    summary: 'take an enrolment token back that nobody has used, by its id or the beginning of that',
    examples: ['midonet host withdraw a1eca995'],
    act: async (session, [text = '']) => {
      const waiting = await session.client.enrolments.list();
      const [found, ...more] = waiting.filter(({ id }) => text.length >= 4 && id.startsWith(text.toLowerCase()));
      if (found === undefined || more.length > 0) {
        throw missing(
          `${more.length === 0 ? 'no' : 'more than one'} token "${text}"; midonet host credentials lists them`,
        );
      }
      await session.client.enrolments.remove({ id: found.id });
    },
  });
  addCommand(host, surroundings, {
    usage: 'revoke <name>',
    summary: "take a host's credential back; its agent is cut off at once, and other hosts send it nothing more",
    examples: ['midonet host revoke hv1'],
    act: async (session, [text = '']) => {
      const { hostId } = await credentialOf(session, text);
      await session.client.hostCredentials.remove({ id: hostId });
    },
  });
}

async function credentialOf(session: Session, text: string): Promise<{ hostId: string }> {
  const all = await session.client.hostCredentials.list();
  const named = all.filter((one) => one.name === text);
  const begins = /^[0-9a-f-]{4,36}$/i.test(text) ? all.filter((one) => one.hostId.startsWith(text.toLowerCase())) : [];
  const found = named.length > 0 ? named : begins;
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 1) throw missing(`"${text}" is ${found.length} hosts; say which by id`);
  throw missing(`no host "${text}" has a credential; midonet host credentials lists them`);
}
