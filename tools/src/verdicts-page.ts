import { CONSUME_REASONS, DROP_REASONS } from '@midonet/flow';

/** Where the page lives, from the root of the repository. */
export const VERDICTS_PAGE = 'docs/verdicts.md';

/** The text of docs/verdicts.md, made from the tables that counters and traces read as well. */
export function verdictsPage(): string {
  return [
    '# Verdicts',
    '',
    'Every way a packet can end, under the name that counters, traces and `midonet trace` print. This page is made from',
    '`packages/flow/src/reasons.ts` by `npm run docs`; the check fails when the two differ.',
    '',
    '## Forwarded',
    '',
    'The packet leaves through one or more ports, here or on the hosts that run them.',
    '',
    '## Dropped',
    '',
    ...tableOf(DROP_REASONS),
    '',
    '## Consumed',
    '',
    'A device took the packet; nothing was lost.',
    '',
    ...tableOf(CONSUME_REASONS),
    '',
  ].join('\n');
}

/** A Markdown table padded the way the formatter pads it, so that formatting changes nothing. */
function tableOf(reasons: Readonly<Record<string, string>>): string[] {
  const rows: (readonly [string, string])[] = [['Reason', 'Meaning']];
  for (const [name, meaning] of Object.entries(reasons)) rows.push([`\`${name}\``, meaning]);
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length));
  const [left, right] = [width(0), width(1)];
  const lines = rows.map(([name, meaning]) => `| ${name.padEnd(left)} | ${meaning.padEnd(right)} |`);
  lines.splice(1, 0, `| ${'-'.repeat(left)} | ${'-'.repeat(right)} |`);
  return lines;
}
