import { existsSync, readFileSync, watch, type FSWatcher } from 'node:fs';
import type { Server } from 'node:https';
import { dirname } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';

export type TlsFiles = { readonly certFile: string; readonly keyFile: string };
export type Pair = { readonly cert: Buffer; readonly key: Buffer };

/** Both files are written one after the other: wait until that is over. */
const SETTLE_MS = 200;

/** Reads certificate chain and key (PEM). Throws when one is missing or they do not fit. */
export function readPair({ certFile, keyFile }: TlsFiles): Pair {
  for (const file of [certFile, keyFile]) if (!existsSync(file)) throw new Error(`there is no ${file}`);
  const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  try {
    createSecureContext({ ...pair, minVersion: 'TLSv1.2' });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${certFile} and ${keyFile} are no certificate with its key: ${why}`, { cause: error });
  }
  return pair;
}

/**
 * Keeps a server's certificate that of the files. New connections get the new one, those that are
 * open go on. What cannot be read is logged, and the certificate stays.
 */
export class CertificateReloader {
  readonly #files: TlsFiles;
  readonly #server: Server;
  readonly #modules: { readonly clock: Clock; readonly logger: Logger };
  readonly #watchers: FSWatcher[];
  #cancel: () => void = () => undefined;
  #current: Pair;

  constructor(
    files: TlsFiles,
    server: Server,
    modules: { readonly clock: Clock; readonly logger: Logger; readonly pair: Pair },
  ) {
    this.#files = files;
    this.#server = server;
    this.#modules = modules;
    this.#current = modules.pair;
    // The folders, not the files: a renewed file is another file under the same name.
    const folders = new Set([dirname(files.certFile), dirname(files.keyFile)]);
    this.#watchers = [...folders].map((folder) => watch(folder, { persistent: false }, () => this.#soon()));
    for (const one of this.#watchers) {
      one.on('error', (error) =>
        modules.logger.warn({ err: error }, 'certificate files are not watched any more; send SIGHUP'),
      );
    }
  }

  reload(): void {
    const { logger } = this.#modules;
    try {
      const pair = readPair(this.#files);
      if (pair.cert.equals(this.#current.cert) && pair.key.equals(this.#current.key)) return;
      this.#server.setSecureContext({ ...pair, minVersion: 'TLSv1.2' });
      this.#current = pair;
      logger.info({ file: this.#files.certFile }, 'the certificate was read anew');
    } catch (error) {
      logger.error({ err: error }, 'the certificate could not be read anew; the old one stays');
    }
  }

  close(): void {
    this.#cancel();
    for (const one of this.#watchers) one.close();
  }

  #soon(): void {
    this.#cancel();
    this.#cancel = this.#modules.clock.schedule(SETTLE_MS, () => this.reload());
  }
}
