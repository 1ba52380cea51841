import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

/** From here on this process trusts the certificates in the file as well (PEM). Throws when it holds none. */
export function trustFile(file: string): void {
  const pem = readFileSync(file, 'utf8');
  try {
    setDefaultCACertificates([...getCACertificates('default'), pem]);
  } catch (cause) {
    throw new Error(`--ca: ${file} holds no certificate in PEM form`, { cause });
  }
}
