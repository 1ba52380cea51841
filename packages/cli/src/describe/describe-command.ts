import type { Command } from 'commander';
import { kindWord } from '../objects/object-reference.ts';
import type { Surroundings } from '../session.ts';
import { addCommand, describe } from '../verbs.ts';
import { describeObject } from './describe-object.ts';
import { sectionText } from './section.ts';

export function addDescribe(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'describe <kind> <object>',
    summary: 'show an object with everything attached: ports, peers, hosts, chains, routes, NAT, balancers',
    examples: ['midonet describe router edge', 'midonet describe port web -o yaml', 'midonet describe host hv1'],
    act: async (session, [kind = '', text = '']) => {
      const { object, told = object, sections } = await describeObject(session, kindWord(kind), text);
      const attached = Object.fromEntries(sections.map(({ name, items }) => [name, items]));
      session.show({ ...object, attached }, () => {
        const lines = sections.flatMap((one) => sectionText(one, session.width));
        return [session.fields(describe(told)), ...lines].join('\n');
      });
    },
  });
}
