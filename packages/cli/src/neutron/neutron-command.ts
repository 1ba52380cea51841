import type { NeutronDto } from '@midonet/contract';
import type { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { readText } from '../input-text.ts';
import { table } from '../output/table.ts';
import type { Surroundings } from '../session.ts';
import { addCommand, describe } from '../verbs.ts';
import { NEUTRON_KINDS, objectOf, resourceOf } from './neutron-kinds.ts';

const FILE = ['-f, --file <file>', 'read it from this file; - is standard input'] as const;

/** What OpenStack's Neutron has told: to look at, and to mend by hand. */
export function addNeutron(program: Command, surroundings: Surroundings): void {
  const neutron = program
    .command('neutron')
    .summary("objects of OpenStack's Neutron")
    .description(
      "Objects of OpenStack's Neutron, as its service told of them; with a change the topology changes as well. " +
        `Kinds: ${NEUTRON_KINDS.join(', ')}.`,
    );
  addCommand(neutron, surroundings, {
    usage: 'list <kind>',
    summary: 'list objects of a kind',
    examples: ['midonet neutron list networks', 'midonet neutron list ports -o json'],
    act: async (session, [kind = '']) => {
      const found = await resourceOf(session.client, kind).list();
      session.show(found, () =>
        table(
          ['ID', 'NAME', 'TENANT', 'WHAT'],
          found.map((one) => [session.idText(one.id), text(one, 'name'), text(one, 'tenant_id'), rest(one)]),
          session.width,
        ),
      );
    },
  });
  addCommand(neutron, surroundings, {
    usage: 'show <kind> <object>',
    summary: 'show an object, by its name, its id or the beginning of that',
    examples: ['midonet neutron show network web', 'midonet neutron show port 3f2a9c01'],
    act: async (session, [kind = '', name = '']) => {
      const one = await objectOf(resourceOf(session.client, kind), kind, name);
      session.show(one, () => session.fields(describe(one)));
    },
  });
  addCommand(neutron, surroundings, {
    usage: 'create <kind> [json]',
    summary: 'make an object, as Neutron would tell of it',
    options: [FILE],
    examples: [`midonet neutron create network '{"name":"web"}'`, 'midonet neutron create port -f port.json'],
    act: async (session, [kind = '', json], options) => {
      const made = await resourceOf(session.client, kind).create({ body: bodyOf(json, options.text('file')) });
      session.show(made, ({ id }) => id);
    },
  });
  addCommand(neutron, surroundings, {
    usage: 'update <kind> <object> [json]',
    summary: 'change members of an object; the others stay',
    options: [FILE],
    examples: [`midonet neutron update network web '{"admin_state_up":false}'`],
    act: async (session, [kind = '', name = '', json], options) => {
      const resource = resourceOf(session.client, kind);
      const { id } = await objectOf(resource, kind, name);
      const changed = await resource.update({ id, body: bodyOf(json, options.text('file')) });
      session.show(changed, () => session.fields(describe(changed)));
    },
  });
  addCommand(neutron, surroundings, {
    usage: 'delete <kind> <object>',
    summary: 'delete an object with all that it is in the topology',
    examples: ['midonet neutron delete port 3f2a9c01'],
    act: async (session, [kind = '', name = '']) => {
      const resource = resourceOf(session.client, kind);
      const { id } = await objectOf(resource, kind, name);
      await resource.remove({ id });
    },
  });
}

function bodyOf(json: string | undefined, file: string | undefined): object {
  if ((json === undefined) === (file === undefined))
    throw usageError('give the object as JSON, or a file of it with -f');
  const source = json ?? readText(file ?? '');
  try {
    const value: unknown = JSON.parse(source);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    throw usageError(`this is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw usageError('this is no JSON object: begin with {');
}

function text(one: NeutronDto, member: string): string {
  const value = one[member];
  return typeof value === 'string' ? value : '';
}

/** What else it holds, in a line. */
function rest(one: NeutronDto): string {
  const { id: _id, name: _name, tenant_id: _tenant, project_id: _project, uri: _uri, ...others } = one;
  return describe(others)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
