import { centralSettings } from './conf-table.ts';
import { SETTINGS, variableOf, type Daemon, type Setting } from '@midonet/contract';

export const SETTINGS_PAGE = 'docs/operations/configuration.md';

const INTRODUCTION = `# Configuration

This page is made from \`packages/contract/src/settings.ts\` by \`npm run docs\`.

Each daemon takes its settings from three places: flags on its command line go before variables of its environment, these
before its file. What is set in a higher place replaces the lower ones whole, lists too. The file is named by \`--config
FILE\` or \`MIDONET_CONFIG\`; the units of the Debian package use \`/etc/midonet/controller.conf\` and
\`/etc/midonet/agent.conf\`. A file has one \`name = value\` a line, where the name is that of the flag; a line that begins
with \`#\` is a comment. What may be given several times has several lines, several flags, or commas in its variable. An
unknown name, a name given twice and a file that cannot be read stop the daemon with the line that is wrong.
`;

const TITLES: Readonly<Record<Daemon, string>> = { controller: 'midonet controller', agent: 'midonet agent' };

/** The page of every setting, as the formatter would write it. */
export function settingsPage(): string {
  const daemons: readonly Daemon[] = ['controller', 'agent'];
  const tables = daemons.map((daemon) => `## \`${TITLES[daemon]}\`\n\n${tableOf(daemon)}`);
  return `${INTRODUCTION}\n${tables.join('\n')}
The controller also reads \`MIDONET_TOKEN\` (the shared token, instead of the one in its state folder) and
\`MIDONET_ADMIN_PASSWORD\` (of the first admin), which have no flag: secrets are not for command lines.

${centralSettings(markdownTable)}`;
}

function tableOf(daemon: Daemon): string {
  const rows = SETTINGS[daemon].map((setting) => [
    code(`--${setting.flag} ${setting.value.replace('|', '\\|')}`) + (setting.many === true ? ', several' : ''),
    variables(daemon, setting),
    setting.default ?? '',
    setting.help,
  ]);
  return markdownTable([['Flag', 'Variable', 'Default', 'What'], ...rows]);
}

function markdownTable(all: readonly (readonly string[])[]): string {
  const widths = (all[0] ?? []).map((_, column) => Math.max(3, ...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const [head = [], ...body] = all;
  return [line(head), rule, ...body.map(line), ''].join('\n');
}

function variables(daemon: Daemon, setting: Setting): string {
  const own = code(variableOf(daemon, setting));
  return setting.alsoEnv === undefined ? own : `${own} or ${code(setting.alsoEnv)}`;
}

function code(text: string): string {
  return '`' + text + '`';
}
