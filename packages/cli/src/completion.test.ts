import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from './run-cli.ts';

async function script(shell: string): Promise<string> {
  let out = '';
  const stdout = { write: (text: string) => (out += text) };
  assert.equal(await runCli(['completion', shell], { stdout, stderr: stdout, env: {} }), 0);
  return out;
}

/** Runs something over the shell's script in a file: fish reads no program from a pipe. */
async function inFile<T>(shell: string, use: (path: string) => T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'midonet-completion-'));
  try {
    const path = join(folder, `midonet.${shell}`);
    writeFileSync(path, await script(shell));
    return use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const shell of ['bash', 'zsh', 'fish']) {
  const missing = spawnSync(shell, ['-c', 'true']).status !== 0;
  test(`${shell} parses its script`, { skip: missing && `${shell} -c true: not installed` }, async () => {
    const parsed = await inFile(shell, (path) => spawnSync(shell, ['-n', path], { encoding: 'utf8' }));
    assert.deepEqual([parsed.status, parsed.stderr], [0, '']);
  });
}

test('bash offers what may follow the words that are there', async () => {
  const text = await script('bash');
  const offered = (...words: string[]): string[] => {
    const setup = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`;
    const { stdout, stderr } = spawnSync('bash', ['-s'], {
      input: `${text}\n${setup}\n_midonet\nprintf '%s\\n' "\${COMPREPLY[@]}"\n`,
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
    return stdout.split('\n').filter((line) => line !== '');
  };
  assert.deepEqual(offered('midonet', 'st'), ['store', 'status']);
  assert.deepEqual(offered('midonet', 'create', 'tunnel-zone-'), ['tunnel-zone-member']);
  assert.deepEqual(offered('midonet', '--json', 'list', 'brid'), ['bridges']);
  assert.deepEqual(offered('midonet', 'apply', '--d'), ['--dry-run']);
  assert.deepEqual(offered('midonet', 'nonsense-'), []);
});

const noFish = spawnSync('fish', ['-c', 'true']).status !== 0;

test('fish offers the same', { skip: noFish && 'fish -c true: not installed' }, async () => {
  const offered = (line: string): Promise<string[]> =>
    inFile('fish', (path) => {
      const command = `source ${path}; complete -C '${line}'`;
      const { stdout } = spawnSync('fish', ['--no-config', '-c', command], { encoding: 'utf8' });
      return stdout.split('\n').filter((one) => one !== '');
    });
  assert.deepEqual(await offered('midonet create tunnel-zone-'), ['tunnel-zone-member']);
  assert.deepEqual(await offered('midonet apply --d'), ['--dry-run']);
});

/** What its completion system would be given, as far as it goes on from the last word. */
const ZSH = `
autoload -U compinit && compinit -u -D
source $1
shift
compadd() {
  while [[ $1 == -[^-]* ]]; do shift; done
  shift
  print -l -- "\${(M)@:#\${words[CURRENT]}*}"
}
words=("$@")
CURRENT=$#
_bash_complete -o default -F _midonet
`;

const noZsh = spawnSync('zsh', ['-c', 'true']).status !== 0;

test('zsh offers the same', { skip: noZsh && 'zsh -c true: not installed' }, async () => {
  const offered = (...words: string[]): Promise<string[]> =>
    inFile('zsh', (path) => {
      const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', ZSH, 'zsh', path, ...words], { encoding: 'utf8' });
      assert.equal(stderr, '');
      return stdout.split('\n').filter((one) => one.trim() !== '');
    });
  assert.deepEqual(await offered('midonet', 'create', 'tunnel-zone-'), ['tunnel-zone-member']);
  assert.deepEqual(await offered('midonet', 'apply', '--d'), ['--dry-run']);
  assert.deepEqual(await offered('midonet', 'nonsense-'), []);
});
