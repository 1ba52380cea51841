import {
  CONF_SETTINGS,
  confAt,
  DEFAULT_TEMPLATE,
  parseConfPath,
  type ConfSetting,
  type ConfTree,
} from '@midonet/contract';
import { missing, usageError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import type { Options } from '../verbs.ts';

/** Whose settings a command is about. */
export type ConfPlace =
  | { readonly kind: 'host'; readonly id: string }
  | { readonly kind: 'template'; readonly name: string };

export const PLACE_OPTIONS = [
  ['--host <host>', 'of this host; also the id of one that is yet to come'],
  ['--template <name>', 'of this template; default, which every host has, without either'],
] as const;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export async function placeOf(session: Session, options: Options): Promise<ConfPlace> {
  const [host, template] = [options.text('host'), options.text('template')];
  if (host !== undefined && template !== undefined) throw usageError('--host and --template exclude each other');
  if (host !== undefined) return { kind: 'host', id: await hostId(session, host) };
  return { kind: 'template', name: template ?? DEFAULT_TEMPLATE };
}

/** A whole id needs no host: settings may come first. */
export async function hostId(session: Session, text: string): Promise<string> {
  return UUID.test(text) ? text.toLowerCase() : (await session.directory.host(text)).id;
}

/** A tree that the API answered, which is JSON. */
export function treeOf(text: string): ConfTree {
  return JSON.parse(text) as ConfTree; // whatever it is, it is shown
}

export function keyPath(text: string): string[] {
  const path = parseConfPath(text);
  if (path === undefined) throw usageError(`"${text}" is no key; it must be like agent.loggers.root`);
  return path;
}

/** What is at a key, or all without one. */
export function partOf(tree: ConfTree, key: string | undefined): ConfTree[string] {
  if (key === undefined) return tree;
  const found = confAt(tree, keyPath(key));
  if (found === undefined) throw missing(`nothing is set at ${key}`);
  return found;
}

export function settingsBelow(key: string | undefined): readonly ConfSetting[] {
  const found = CONF_SETTINGS.filter((one) => key === undefined || one.key === key || one.key.startsWith(`${key}.`));
  if (found.length === 0) throw missing(`no schema has ${key ?? ''}; midonet conf schema lists what there is`);
  return found;
}
