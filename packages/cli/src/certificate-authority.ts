import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { usageError } from './cli-error.ts';

/** From here on this process trusts the certificates in the file as well (PEM, one or several). */
export function trustFile(file: string): void {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    throw usageError(`--ca: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    setDefaultCACertificates([...getCACertificates('default'), pem]);
  } catch {
    throw usageError(`--ca: ${file} holds no certificate in PEM form`);
  }
}
