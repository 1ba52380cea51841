import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { Surroundings } from '../session.ts';
import { addCommand } from '../verbs.ts';
import { exportTopology } from './export-topology.ts';

export function addExport(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'export',
    summary: 'write the whole live topology as a file for apply',
    options: [
      ['--tenant <id>', 'of this tenant; needed when there are several'],
      ['--without-hosts', 'leave out what is about hosts: tunnel zones and bindings'],
    ],
    examples: [
      'midonet export > topology.yaml',
      'midonet export --tenant acme --without-hosts',
      'midonet export --at 2h',
    ],
    act: async (session, _words, options) => {
      const scope = { tenant: options.text('tenant'), hosts: !options.flag('withoutHosts') };
      const { document, left } = await exportTopology(session, scope);
      session.print(
        session.flags.json === true
          ? JSON.stringify(document, undefined, 2)
          : stringify(document, { lineWidth: 120 }).trimEnd(),
      );
      for (const what of left) session.note(`not in the file: ${what}`);
    },
  });
}
