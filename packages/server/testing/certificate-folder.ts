import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsFiles } from '../src/tls/certificate.ts';

/** A certificate of its own signing for 127.0.0.1, in a folder that goes with the test. */
export class CertificateFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'midonet-tls-'));
  readonly files: TlsFiles = { certFile: join(this.path, 'cert.pem'), keyFile: join(this.path, 'key.pem') };

  make(name: string, { certFile, keyFile }: TlsFiles = this.files): Buffer {
    const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=${name}`.split(
      ' ',
    );
    const target = ['-keyout', keyFile, '-out', certFile, '-addext', 'subjectAltName=IP:127.0.0.1'];
    const { status, stderr } = spawnSync('openssl', [...words, ...target], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return readFileSync(certFile);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}
