import { ApiError, createClient } from '@midonet/contract';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { CREDENTIAL_FILE, hostIdentity } from './host-identity.ts';
import { StateDir } from './state-dir.ts';

const RETRY_MS = 2_000;

export type EnrolmentOptions = {
  readonly stateDir: string;
  readonly controllerUrls: readonly string[];
  /** Given once; a second start with the same one uses what the first was given for it. */
  readonly enrol: string | undefined;
};

export type EnrolmentModules = { readonly clock: Clock; readonly logger: Logger };

/**
 * This host's own credential: the one that is kept, or the one that a new enrolment token is traded
 * for. Undefined when there is neither. Waits for a controller; throws when it says no.
 */
export async function hostCredential(
  { stateDir, controllerUrls, enrol }: EnrolmentOptions,
  modules: EnrolmentModules,
): Promise<string | undefined> {
  const state = new StateDir(stateDir);
  try {
    const [kept, usedToken] = (state.read(CREDENTIAL_FILE) ?? '').trim().split(' ');
    const token = enrol?.trim();
    if (token === undefined || tokenId(token) === usedToken) return kept === '' ? undefined : kept;
    const { id: hostId } = hostIdentity(state, undefined);
    const { credential, name } = await trade(controllerUrls, { token, hostId }, modules);
    // The id of the token, not the token: enough to know it again.
    state.write(CREDENTIAL_FILE, `${credential} ${tokenId(token)} ${name}\n`);
    modules.logger.info({ host: hostId, name }, 'enrolled; the credential is kept in the state folder');
    return credential;
  } finally {
    state.release();
  }
}

function tokenId(token: string): string {
  return token.split('_', 2)[1] ?? '';
}

async function trade(
  urls: readonly string[],
  body: { readonly token: string; readonly hostId: string },
  { clock, logger }: EnrolmentModules,
): Promise<{ readonly credential: string; readonly name: string }> {
  for (;;) {
    for (const baseUrl of urls) {
      try {
        return await createClient({ baseUrl }).enrol.create({ body });
      } catch (error) {
        if (!isPassing(error)) throw error;
        logger.warn({ controller: baseUrl, why: error.message }, 'cannot enrol yet');
      }
    }
    await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
  }
}

/** Whether it may go better later: nobody answers, or a controller has too much to do. */
function isPassing(error: unknown): error is ApiError {
  if (!(error instanceof ApiError)) return false;
  return error.failure.kind === 'unreachable' || error.status === 429 || (error.status ?? 0) >= 500;
}
