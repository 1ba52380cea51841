import { keepCrashes } from '@midonet/contract/host-files';
import { outliveReaders } from '@midonet/contract/process';
import type { Store } from '@midonet/store';
import { pino, type Logger } from 'pino';
import { mkdirSync, rmSync } from 'node:fs';
import { makeFirstAdmin } from './access/first-admin.ts';
import { ArgumentError, HELP, readArguments, type Arguments } from './arguments.ts';
import type { AuthOptions } from './auth/authenticator.ts';
import { sharedToken } from './auth/shared-token.ts';
import { loadAdminPassword, loadToken } from './auth/token.ts';
import { startController } from './controller.ts';
import { openPlace } from './open-store.ts';
import { fencedStore } from './schema/fenced-store.ts';
import { upgradeStore } from './schema/upgrade.ts';
import { refuseUnfinished } from './store-tool/fill-store.ts';

/** A controller with its store on this machine's disk, or in etcd. */
async function main(): Promise<void> {
  // gRPC names etcd's address as the server's name, of which Node warns: nothing that an operator can change.
  process.noDeprecation = true;
  outliveReaders();
  const parsed = readArguments(process.argv.slice(2), process.env);
  if (parsed === 'help') {
    process.stdout.write(HELP);
    return;
  }
  const { stateDir, listen } = parsed;
  const logger = pino({ level: parsed.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  keepCrashes(stateDir, 'controller');
  const place = await openPlace(parsed.store, parsed.history);
  await refuseUnfinished(place);
  const upgraded = Promise.withResolvers<'upgraded'>();
  const store = await fencedStore(place, await upgradeStore(place, { logger }), () => upgraded.resolve('upgraded'));
  const auth = await authOf(parsed, store, logger);
  if (auth.kind === 'token') await ensureAdmin(store, parsed, logger);
  // Whoever reads that it answers may tell it to stop at once.
  const stopped = new Promise<string>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  const controller = await startController({
    ...{ listen, store, auth, logger, metrics: parsed.metrics, tls: parsed.tls, keystone: parsed.keystone },
  });
  process.on('SIGHUP', () => controller.reloadCertificate());
  const why = await Promise.race([stopped, upgraded.promise]);
  if (why === 'upgraded') logger.error('a newer controller has upgraded the store: upgrade this one too; stopping');
  else logger.info({ signal: why }, 'stopping');
  await controller.close();
  await store.close();
  process.exit(why === 'upgraded' ? 1 : 0);
}

/** The first admin, with a password that only the machine's owner can read. */
async function ensureAdmin(store: Store, { adminPassword, stateDir }: Arguments, logger: Logger): Promise<void> {
  let file: ReturnType<typeof loadAdminPassword> | undefined;
  const made = await makeFirstAdmin(store, () => {
    if (adminPassword !== undefined) return { token: adminPassword, path: 'MIDONET_ADMIN_PASSWORD' };
    file = loadAdminPassword(stateDir);
    return file;
  });
  // Another controller's password counts; one that opens nothing would only mislead.
  if (made === undefined && file?.made === true) rmSync(file.path);
  if (made !== undefined) logger.info({ password: made }, 'made the user admin; this says where the password is');
}

async function authOf({ auth, token, stateDir, store: place }: Arguments, store: Store, logger: Logger) {
  if (auth === 'none') return { kind: 'none' } satisfies AuthOptions;
  if (token !== undefined) return { kind: 'token', token } satisfies AuthOptions;
  const kept = place.kind === 'etcd' ? await sharedToken(store, stateDir) : loadToken(stateDir);
  logger.info({ from: kept.path }, kept.made ? 'made a token' : 'the token was read');
  return { kind: 'token', token: kept.token } satisfies AuthOptions;
}

try {
  await main();
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`midonet controller: ${text}\n`);
  if (error instanceof ArgumentError) process.stderr.write(HELP);
  process.exit(1);
}
