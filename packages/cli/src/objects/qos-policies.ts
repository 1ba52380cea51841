import type { QosPolicyDto } from '@midonet/contract';
import { tenantOf } from '../access/tenant-reference.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { qosRules, qosText } from './qos-text.ts';

const FIELDS = [
  ['--egress <rate>', 'limit of what machines send, like 50M, or 50M/5M with a burst'],
  ['--ingress <rate>', 'limit of what machines get'],
  ['--dscp <number>', 'DSCP of what machines send, 0 to 63'],
  ['--description <text>', 'what it is for'],
  ['--tenant <tenant>', 'who owns it'],
] as const;

/** The option of what can have a policy. */
export const QOS_OPTION = ['--qos-policy <policy>', 'its QoS policy; none takes it off'] as const;

/** `none` is null: it takes the policy off. */
export async function qosBody(
  session: Session,
  options: Options,
): Promise<{ readonly qosPolicyId: string | null | undefined }> {
  const text = options.text('qosPolicy');
  if (text === undefined) return { qosPolicyId: undefined };
  return { qosPolicyId: text === 'none' ? null : (await session.directory.qosPolicy(text)).id };
}

export function addQosPolicies(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'qos-policy <name>',
    summary: 'create a QoS policy, limits and a mark for ports and bridges to use',
    options: [...FIELDS, ['--shared', 'other tenants may use it']],
    examples: ['midonet create qos-policy silver --egress 50M --ingress 100M/10M --dscp 10'],
    act: async (session, [name = ''], options) => {
      const rules = qosRules(given(options));
      const [tenantId, description] = [await tenantOf(session, options), options.text('description')];
      const body = { name, tenantId, description, shared: options.flag('shared'), rules };
      session.show(await session.client.qosPolicies.create({ body }), ({ id }) => id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'qos-policies',
    summary: 'list QoS policies',
    options: [['--tenant <tenant>', 'only of this owner']],
    act: async (session, _words, options) => {
      const found = await session.client.qosPolicies.list({ query: { tenant_id: await tenantOf(session, options) } });
      session.show(found, () =>
        table(
          ['ID', 'NAME', 'TENANT', 'EGRESS', 'INGRESS', 'DSCP', 'DESCRIPTION'],
          found.map((one) => {
            const { egress = '', ingress = '', dscp = '' } = qosText(one.rules);
            const names = [session.idText(one.id), one.name ?? '', one.tenantId ?? ''];
            return [...names, egress, ingress, dscp, one.description ?? ''];
          }),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'qos-policy <policy>',
    summary: 'show a QoS policy',
    act: async (session, [text = '']) => {
      session.show(await session.directory.qosPolicy(text), shown(session));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'qos-policy <policy>',
    summary: 'change a QoS policy; none takes a limit or the mark off',
    options: [
      ['--name <name>', 'a new name'],
      ...FIELDS,
      ['--shared', 'other tenants may use it'],
      ['--private', 'they may not'],
    ],
    examples: ['midonet update qos-policy silver --egress 80M --dscp none'],
    act: async (session, [text = ''], options) => {
      const { id, rules } = await session.directory.qosPolicy(text);
      const wanted = Object.entries({ ...qosText(rules), ...given(options) }).filter(([, value]) => value !== 'none');
      const body = {
        name: options.text('name'),
        tenantId: await tenantOf(session, options),
        description: options.text('description'),
        shared: options.flag('shared') ? true : options.flag('private') ? false : undefined,
        ...(Object.keys(given(options)).length === 0 ? {} : { rules: qosRules(Object.fromEntries(wanted)) }),
      };
      session.show(await change(session.client.qosPolicies, { id }, body), shown(session));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'qos-policy <policies...>',
    summary: 'delete QoS policies; ports and bridges lose them',
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.qosPolicy(text)));
      for (const { id } of found) await session.client.qosPolicies.remove({ id });
    },
  });
}

function given(options: Options): Record<string, string> {
  const entries = (['egress', 'ingress', 'dscp'] as const).map((name) => [name, options.text(name)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [(typeof entry)[0], string] => entry[1] !== undefined));
}

function shown(session: Session): (policy: QosPolicyDto) => string {
  return ({ rules, ...rest }) => session.fields(describe({ ...rest, ...qosText(rules) }));
}
