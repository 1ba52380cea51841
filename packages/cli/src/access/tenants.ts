import { table } from '../output/table.ts';
import { change } from '../objects/change.ts';
import { addCommand, describe, type Verbs } from '../verbs.ts';
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
  addCommand(verbs.show, surroundings, {
    usage: 'tenant <tenant>',
    summary: 'show a tenant',
    examples: ['midonet show tenant acme'],
    act: async (session, [text = '']) => {
      const id = await tenantId(session, text);
      session.show(await session.client.tenants.get({ id }), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'tenant <tenant>',
    summary: "change a tenant's name, description or state",
    options: [
      ['--name <name>', 'what people call it'],
      ['--description <text>', 'what it is'],
      ['--enable', 'let its users in again'],
      ['--disable', 'keep its users out, sessions and tokens included; its network goes on'],
    ],
    examples: ["midonet update tenant acme --name 'Acme Ltd.'", 'midonet update tenant acme --disable'],
    act: async (session, [text = ''], options) => {
      const id = await tenantId(session, text);
      const body = {
        name: options.text('name'),
        description: options.text('description'),
        enabled: options.choice('enable', 'disable'),
      };
      session.show(await change(session.client.tenants, { id }, body), (one) => session.fields(describe(one)));
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
