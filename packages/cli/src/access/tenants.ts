import { table } from '../output/table.ts';
import { addCommand, type Verbs } from '../verbs.ts';
import { tenantId } from './tenant-reference.ts';

export function addTenants(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'tenant <id>',
    summary: 'make a tenant; one that owns something needs no making',
    options: [
      ['--name <name>', 'what people call it'],
      ['--description <text>', 'what it is'],
    ],
    examples: ['midonet create tenant acme --name "Acme Ltd."'.replaceAll('"', "'")],
    act: async (session, [id = ''], options) => {
      const body = { id, name: options.text('name'), description: options.text('description') };
      session.show(await session.client.tenants.create({ body }), (one) => one.id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'tenants',
    summary: 'list tenants: those that were made and those that own something',
    examples: ['midonet list tenants'],
    act: async (session) => {
      const found = await session.client.tenants.list();
      session.show(found, () =>
        table(
          ['ID', 'NAME', 'ENABLED', 'DESCRIPTION'],
          found.map((one) => [one.id, one.name, one.enabled ? 'yes' : 'no', one.description ?? '']),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'tenant <tenants...>',
    summary: 'delete tenants that own nothing and have no users',
    examples: ['midonet delete tenant acme'],
    act: async (session, words) => {
      const ids = await Promise.all(words.map((text) => tenantId(session, text)));
      for (const id of ids) await session.client.tenants.remove({ id });
    },
  });
}
