import { link, type Base, type EnrolmentDto } from '@midonet/contract';
import type { HostId } from '@midonet/topology';
import { credentialKey, deleteRecord, putRecord, unchanged } from '../access/access-store.ts';
import type { RecordOf } from '../access/records.ts';
import { mintSecret, secretFits, secretId } from '../access/secrets.ts';
import type { Group } from '../http/handlers.ts';
import { notFound, Refusal } from '../http/problem.ts';
import { pathId, type Services } from './services.ts';

const HOUR = 3600;
const OPEN_ENROLMENTS = 1000;

export function enrolmentHandlers({ access, clock }: Services): Group<'enrolments'> {
  return {
    list: async ({ base }) => {
      const now = clock.now();
      return (await access.list('enrolment'))
        .filter(({ expiresAt }) => expiresAt > now)
        .map((one) => enrolmentToDto(one, base));
    },
    create: async ({ body, base, author }) => {
      const { id, secret, hash } = mintSecret('mne');
      const createdAt = clock.now();
      const expiresAt = createdAt + (body.expiresIn ?? HOUR) * 1000;
      const enrolment = { id, name: body.name, hash, createdAt, expiresAt };
      await access.change(author, undefined, async () => {
        const open = await access.list('enrolment');
        const old = open.filter((one) => one.expiresAt <= createdAt);
        if (open.length - old.length >= OPEN_ENROLMENTS) {
          throw new Refusal(409, `${OPEN_ENROLMENTS} enrolment tokens are waiting to be used; take some back`);
        }
        const writes = [putRecord('enrolment', enrolment), ...old.map((one) => deleteRecord('enrolment', one.id))];
        return { writes, conditions: [unchanged('enrolment', id, 0)] };
      });
      return { ...enrolmentToDto(enrolment, base), token: secret };
    },
    remove: async ({ params: { id }, author }) => {
      await access.change(author, undefined, async () => {
        if ((await access.get('enrolment', id)) === undefined) throw notFound('enrolment', id);
        return { writes: [deleteRecord('enrolment', id)], conditions: [] };
      });
      return undefined;
    },
  };
}

/** The agent's side: a token used once makes it the host of that name. */
export function enrolHandlers({ access, reader, clock, limits }: Services): Group<'enrol'> {
  return {
    create: async ({ body, author }) => {
      const from = author.from ?? '';
      limits.checkLogin(from, 'enrolment');
      const { id: credential, secret, hash } = mintSecret('mnh');
      const { hostId } = body;
      let name = '';
      await access.change({ ...author, user: 'enrolment' }, undefined, async () => {
        const id = secretId('mne', body.token);
        const stored = id === undefined ? undefined : await access.get('enrolment', id);
        if (
          stored === undefined ||
          !secretFits(body.token, stored.record.hash) ||
          stored.record.expiresAt <= clock.now()
        ) {
          limits.loginFailed(from, 'enrolment');
          throw new Refusal(401, 'the enrolment token is wrong, used or expired; ask for a new one');
        }
        name = stored.record.name;
        await checkName(hostId, name);
        const before = await access.get('host', hostId);
        const record = { hostId, name, credential, hash, createdAt: clock.now() };
        return {
          writes: [
            deleteRecord('enrolment', stored.record.id),
            putRecord('host', record),
            { kind: 'put', key: credentialKey(credential), value: JSON.stringify(hostId) },
            ...(before === undefined
              ? []
              : [{ kind: 'delete', key: credentialKey(before.record.credential) } as const]),
          ],
          conditions: [
            unchanged('enrolment', stored.record.id, stored.modified),
            unchanged('host', hostId, before?.modified ?? 0),
          ],
        };
      });
      return { hostId, name, credential: secret };
    },
  };

  /** A token is for one name: it does not take over another host by sending that one's id. */
  async function checkName(hostId: HostId, name: string): Promise<void> {
    const host = await reader.get('host', hostId);
    const holder = (await access.get('host', hostId))?.record;
    if ((host === undefined || host.name === name) && (holder === undefined || holder.name === name)) return;
    throw new Refusal(403, `this token is for host ${name}; the id it was sent with is another host's`);
  }
}

export function hostCredentialHandlers({ access }: Services): Group<'hostCredentials'> {
  return {
    list: async ({ base }) =>
      (await access.list('host')).map(({ hostId, name, createdAt }) => ({
        uri: link(base, 'hosts', hostId, 'credential'),
        hostId,
        name,
        createdAt: new Date(createdAt).toISOString(),
      })),
    remove: async ({ params, author }) => {
      const hostId = pathId<HostId>('host', params.id);
      await access.change(author, undefined, async () => {
        const stored = await access.get('host', hostId);
        if (stored === undefined) throw notFound('credential of host', hostId);
        return {
          writes: [deleteRecord('host', hostId), { kind: 'delete', key: credentialKey(stored.record.credential) }],
          conditions: [unchanged('host', hostId, stored.modified)],
        };
      });
      return undefined;
    },
  };
}

function enrolmentToDto({ id, name, createdAt, expiresAt }: RecordOf<'enrolment'>, base: Base): EnrolmentDto {
  return {
    id,
    uri: link(base, 'enrolments', id),
    name,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
  };
}
