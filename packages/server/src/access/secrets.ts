import { createHash, randomBytes } from 'node:crypto';
import { sameSecret } from '../auth/token.ts';

/**
 * A secret that is handed out once: `<prefix>_<id>_<random>`. The id finds the record, which holds
 * only a hash. 256 random bits need no slow hash.
 */
export type MintedSecret = { readonly id: string; readonly secret: string; readonly hash: string };

export type SecretPrefix = 'mnt' | 'mne' | 'mnh';

export function mintSecret(prefix: SecretPrefix): MintedSecret {
  const id = randomBytes(8).toString('hex');
  const secret = `${prefix}_${id}_${randomBytes(32).toString('base64url')}`;
  return { id, secret, hash: hashSecret(secret) };
}

/** The id in a secret of that prefix; undefined when it is not one. */
export function secretId(prefix: SecretPrefix, presented: string): string | undefined {
  return new RegExp(`^${prefix}_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$`).exec(presented)?.[1];
}

export function secretFits(presented: string, hash: string): boolean {
  return sameSecret(hashSecret(presented), hash);
}

export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
