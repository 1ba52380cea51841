import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { test } from 'node:test';
import { ESLint } from 'eslint';

const ROOT = join(import.meta.dirname, '../..');

/** What `./run test` alone looks for, with ESLint itself: the fast linter of `./run check` does not know them. */
const IN_FULL_ONLY = [
  '@typescript-eslint/no-unsafe-class-instance-assignment',
  '@typescript-eslint/no-unsafe-enum-assignment',
  'no-restricted-syntax',
];

type Rules = Readonly<Record<string, unknown>>;
type Fast = {
  readonly options: { readonly typeAware: boolean };
  readonly rules: Rules;
  readonly overrides: readonly { readonly files: readonly string[]; readonly rules: Rules }[];
};

const eslint = new ESLint({ cwd: ROOT });

const isOff = (setting: unknown): boolean => [setting].flat()[0] === 'off' || [setting].flat()[0] === 0;
const on = (rules: Rules): string[] => Object.keys(rules).filter((name) => !isOff(rules[name]));

for (const file of ['packages/agent/src/agent.ts', 'packages/flow/src/flow.ts', 'packages/flow/src/flow.test.ts']) {
  test(`the fast linter has every rule of ESLint for a file like ${file}`, async () => {
    const fast = JSON.parse(readFileSync(join(ROOT, '.oxlintrc.json'), 'utf8')) as Fast;
    assert.ok(fast.options.typeAware);
    const overrides = fast.overrides.filter(({ files }) => files.some((glob) => matchesGlob(file, glob)));
    const has = new Set(on(Object.assign({}, fast.rules, ...overrides.map(({ rules }) => rules)) as Rules));
    const full = (await eslint.calculateConfigForFile(file)) as { readonly rules: Rules };
    const wanted = on(full.rules).filter((name) => !IN_FULL_ONLY.includes(name));
    assert.ok(wanted.length > 70);
    const missing = wanted.filter((name) => {
      const bare = name.replace('@typescript-eslint/', '');
      return !has.has(bare) && !has.has(`typescript/${bare}`);
    });
    assert.deepEqual(missing, []);
  });
}
