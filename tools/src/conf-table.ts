import { CONF_SETTINGS, nameOfType, type ConfSetting } from '@midonet/contract';

/** The part of the page of settings that says what the controllers can say. */
export function centralSettings(table: (rows: readonly (readonly string[])[]) => string): string {
  const rows = CONF_SETTINGS.map(({ key, type, initial, flag, help, applies }) => [
    `\`${key}\``,
    nameOfType(type).replace('|', '\\|'),
    `\`${JSON.stringify(initial)}\``,
    flag === undefined ? '' : `\`--${flag}\``,
    help,
    APPLIES[applies],
  ]);
  return `## Central settings of agents

Some settings of agents can be made once for all hosts, for those that have a template, or for one host, with
\`midonet conf\` or \`/conf\` of the API ([how](central-configuration.md)). The first of these that says anything holds:

1. the host's own flags, variables and file, as above;
2. the settings of the host's own at the controllers: \`midonet conf set … --host HOST\`;
3. those of the template that it was given: \`midonet conf set … --template NAME\`, \`midonet conf template-set HOST NAME\`;
4. those of the template \`default\`: \`midonet conf set …\`;
5. the default.

So what somebody wrote down on a host is never overruled from afar; take it out there to have it set centrally.

${table([['Key', 'Type', 'Default', 'Flag', 'What', 'Followed'], ...rows])}`;
}

const APPLIES: { readonly [A in ConfSetting['applies']]: string } = {
  'at once': 'at once',
  'with a new flow table': 'at the next start behind `midonet agent remove`',
};
