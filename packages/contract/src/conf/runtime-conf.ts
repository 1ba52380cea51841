import type { ConfTree } from '@midonet/topology';
import { CONF_SETTINGS, type ConfKey, type ConfSetting } from './conf-schema.ts';
import { confAt, confLeaves, confOf, formatConfPath, isConfTree, mergeConf, parseConfPath } from './conf-tree.ts';
import { nameOfType, readConfValue, type ConfRead } from './conf-type.ts';

/** A number that grows with what the schemas have. */
const SCHEMA_VERSION = 1;

/** The schemas of all settings, as MidoNet writes them: beside each value its type and what it is. */
export function confSchema(): ConfTree {
  const parts = CONF_SETTINGS.flatMap(({ key, type, initial, help }) => {
    const path = key.split('.');
    const last = path.at(-1) ?? '';
    const beside = (suffix: string): string[] => [...path.slice(0, -1), `${last}${suffix}`];
    return [confOf(path, initial), confOf(beside('_type'), nameOfType(type)), confOf(beside('_description'), help)];
  });
  return [confOf(['agent', 'schemaVersion'], SCHEMA_VERSION), ...parts].reduce((all, one) => mergeConf(one, all), {});
}

/** What is set where nobody says otherwise. */
export function confDefaults(): ConfTree {
  return CONF_SETTINGS.map(({ key, initial }) => confOf(key.split('.'), initial)).reduce(
    (all, one) => mergeConf(one, all),
    {},
  );
}

/** The sources of what a host is given, the first before the others. */
export function layeredConf(sources: readonly (ConfTree | undefined)[]): ConfTree {
  return sources.reduceRight<ConfTree>((all, one) => (one === undefined ? all : mergeConf(one, all)), {});
}

export type ConfProblem = { readonly key: string; readonly message: string };

/** What is wrong with settings: values that the schemas do not take. Names that they do not have are none of it. */
export function confProblems(tree: ConfTree): ConfProblem[] {
  return CONF_SETTINGS.flatMap(({ key, type }) => {
    const path = key.split('.');
    const value = confAt(tree, path);
    if (value === undefined || value === null) {
      // Something that is no object stands where settings are.
      const cut = path.findIndex((_, at) => at > 0 && !isConfTree(confAt(tree, path.slice(0, at)) ?? {}));
      return cut === -1 || confAt(tree, path.slice(0, cut)) === null
        ? []
        : [{ key: path.slice(0, cut).join('.'), message: 'has settings below it and takes no value' }];
    }
    const read = readConfValue(type, value);
    return read.kind === 'wrong' ? [{ key, message: read.message }] : [];
  }).filter(({ key }, at, all) => all.findIndex((one) => one.key === key) === at);
}

/** Names that no schema has: they are kept, and nothing reads them. */
export function unknownConf(tree: ConfTree): string[] {
  const known = new Set(CONF_SETTINGS.map(({ key }) => key));
  return confLeaves(tree)
    .map(([path]) => formatConfPath(path))
    .filter((key) => !known.has(key));
}

/** What is set of a setting, or undefined: nothing, or nothing that it takes. */
export function confValue(tree: ConfTree, key: ConfKey): ConfRead | undefined {
  const { type } = settingOf(key);
  const value = confAt(tree, key.split('.'));
  if (value === undefined || value === null) return undefined;
  const read = readConfValue(type, value);
  return read.kind === 'value' ? read.value : undefined;
}

export function settingOf(key: ConfKey): ConfSetting {
  const found = CONF_SETTINGS.find((one) => one.key === key);
  if (found === undefined) throw new TypeError(`there is no central setting ${key}`);
  return found;
}

/** `agent.loggers.root` as the path of a tree; undefined: it is no key. */
export const confPath = parseConfPath;
