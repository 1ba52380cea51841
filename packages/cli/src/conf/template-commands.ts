import { DEFAULT_TEMPLATE } from '@midonet/contract';
import type { Command } from 'commander';
import { table } from '../output/table.ts';
import type { Session, Surroundings } from '../session.ts';
import { addCommand } from '../verbs.ts';
import { hostId, treeOf } from './conf-place.ts';

/** Which hosts have which template. */
export function addConfTemplates(conf: Command, surroundings: Surroundings): void {
  addCommand(conf, surroundings, {
    usage: 'template-list',
    summary: 'list templates and the hosts that have them',
    examples: ['midonet conf template-list'],
    act: async (session) => {
      const { templates } = treeOf(await session.client.confTemplates.list()) as { templates: readonly string[] };
      const mappings = await mapped(session);
      const names = [...new Set([...templates, ...mappings.map(({ template }) => template)])].sort();
      const found = names.map((name) => ({
        name,
        settings: templates.includes(name),
        hosts: mappings.filter(({ template }) => template === name).map(({ host }) => host),
      }));
      session.show(found, () =>
        table(
          ['TEMPLATE', 'HOSTS'],
          found.map(({ name, hosts }) => [name, name === DEFAULT_TEMPLATE ? 'all' : hosts.join(' ')]),
          session.width,
        ),
      );
    },
  });
  addCommand(conf, surroundings, {
    usage: 'template-get [host]',
    summary: 'show the template of a host, or of all that have one',
    examples: ['midonet conf template-get hv1', 'midonet conf template-get'],
    act: async (session, [host]) => {
      const id = host === undefined ? undefined : await hostId(session, host);
      const all = await mapped(session);
      const own = { id: id ?? '', host: host ?? '', template: DEFAULT_TEMPLATE };
      const found = id === undefined ? all : [all.find((one) => one.id === id) ?? own];
      session.show(found, () =>
        table(
          ['HOST', 'TEMPLATE'],
          found.map((one) => [one.host, one.template]),
          session.width,
        ),
      );
    },
  });
  addCommand(conf, surroundings, {
    usage: 'template-set <host> <template>',
    summary: 'give a host a template, whose settings go before those of the default one',
    examples: ['midonet conf template-set hv1 edge'],
    act: async (session, [host = '', template = '']) => {
      const id = await hostId(session, host);
      await session.client.confTemplateMappings.merge({ id, body: JSON.stringify({ [id]: template }) });
    },
  });
  addCommand(conf, surroundings, {
    usage: 'template-clear <host>',
    summary: 'give a host no template but the default one',
    examples: ['midonet conf template-clear hv1'],
    act: async (session, [host = '']) => {
      await session.client.confTemplateMappings.remove({ id: await hostId(session, host) });
    },
  });
}

type Mapped = { readonly id: string; readonly host: string; readonly template: string };

/** A host that is not there yet shows by its id. */
async function mapped(session: Session): Promise<Mapped[]> {
  const mappings = treeOf(await session.client.confTemplateMappings.list());
  const hosts = await session.client.hosts.list();
  return Object.entries(mappings).map(([id, template]) => ({
    id,
    host: hosts.find((one) => one.id === id)?.name ?? id,
    template: typeof template === 'string' ? template : '',
  }));
}
