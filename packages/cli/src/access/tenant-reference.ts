import type { TenantDto } from '@midonet/contract';
import { missing } from '../cli-error.ts';
import type { Session } from '../session.ts';
import type { Options } from '../verbs.ts';

type Named = Pick<TenantDto, 'id' | 'name'>;

/** An id that a machine made, as Keystone's: only of these may the beginning be said. */
const MADE = /^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** The id of the tenant that `--tenant` names; undefined when it is not given. */
export async function tenantOf(session: Session, options: Options): Promise<string | undefined> {
  const text = options.text('tenant');
  return text === undefined ? undefined : tenantId(session, text);
}

/** By id, name or the beginning of an id. What nobody knows is an id: a tenant that owns something needs no making. */
export async function tenantId({ directory }: Session, text: string): Promise<string> {
  return text === '' ? text : pickTenant(await directory.tenants(), text);
}

/** An id goes before a name, so that ids mean the same whatever others call themselves. */
export function pickTenant(all: readonly Named[], text: string): string {
  if (all.some(({ id }) => id === text)) return text;
  const called = all.filter(({ name }) => name === text);
  const lower = text.toLowerCase();
  const begun = /^[0-9a-f-]{4,36}$/.test(lower) ? all.filter(({ id }) => MADE.test(id) && id.startsWith(lower)) : [];
  const found = called.length > 0 ? called : begun;
  if (found.length > 1) {
    const ids = found.slice(0, 5).map(({ id }) => id);
    throw missing(`"${text}" is ${found.length} tenants; say which by id: ${ids.join(', ')}`);
  }
  return found[0]?.id ?? text;
}
