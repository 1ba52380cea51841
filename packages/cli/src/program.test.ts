import type { Command } from 'commander';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProgram } from './program.ts';
import { runCli } from './run-cli.ts';
import { examplesOf } from './verbs.ts';

const silent = { stdout: { write: () => true }, stderr: { write: () => true }, env: {} };

/** These run in the package that they come from, which parses their words, prints their help and ends the process. */
const DAEMONS = new Set(['controller', 'agent', 'store']);

function commandsOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(commandsOf);
}

function pathOf(command: Command): string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()];
}

/** Splits as a shell does, as far as examples go: blanks and quotes; what follows a redirection is the shell's. */
function shellWords(line: string): string[] {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const redirection = words.findIndex((word) => /^[<>]$/.test(word));
  return words.slice(0, redirection < 0 ? undefined : redirection);
}

const ALL = commandsOf(createProgram(silent)).filter((command) => !DAEMONS.has(command.name()));

test('the help of every command tells what it does and shows an example', async () => {
  assert.ok(ALL.length > 40);
  for (const command of ALL) {
    let out = '';
    const stdout = { write: (text: string) => (out += text) };
    const path = pathOf(command);
    assert.equal(await runCli([...path, '--help'], { ...silent, stdout }), 0);
    assert.match(
      out,
      new RegExp(`^Usage: midonet ${path.join(' ')}[\\s\\S]*\\n\\nExamples:\\n  midonet ${path.join(' ')}`),
    );
    assert.ok(command.summary() !== '' && command.description() !== '', path.join(' '));
  }
});

for (const command of ALL) {
  for (const line of examplesOf(command)) {
    test(`the parser takes: ${line}`, async () => {
      const [name, ...words] = shellWords(line);
      assert.equal(name, 'midonet');
      let ran = '';
      const program = createProgram(silent);
      for (const one of commandsOf(program)) one.action(() => void (ran = pathOf(one).join(' ')));
      await program.parseAsync(words, { from: 'user' });
      assert.equal(ran, pathOf(command).join(' '));
      assert.ok(!words.some((word) => /[<>[\]]/.test(word) && !word.includes(' > ')), 'no placeholder is left');
    });
  }
}
