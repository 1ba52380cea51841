/** What the bench and the processes of its simulated hosts say to each other. */
export type ToFleet =
  | {
      readonly kind: 'start';
      readonly url: string;
      readonly token: string;
      readonly state: string;
      /** Numbers of its hosts. */
      readonly first: number;
      readonly count: number;
    }
  /** Every guest sends one packet, so that its agent loads what is around the port; answered by `loaded`. */
  | { readonly kind: 'talk'; readonly bridges: number }
  | { readonly kind: 'measure' };

export type FromFleet =
  | { readonly kind: 'started'; readonly hosts: readonly HostOfFleet[] }
  | { readonly kind: 'loaded' }
  /** Changes that agents took in since the last such message. */
  | { readonly kind: 'saw'; readonly seen: readonly Seen[] }
  | { readonly kind: 'memory'; readonly mebibytes: number }
  | { readonly kind: 'failed'; readonly reason: string };

export type HostOfFleet = { readonly number: number; readonly id: string; readonly address: string };

/** How many agents took a change in, and when the last of them did: milliseconds since 1970, with fractions. */
export type Seen = { readonly change: number; readonly agents: number; readonly at: number };

/** The name a changed bridge gets; agents are watched for it. */
export function changeName(change: number): string {
  return `change-${change}.`;
}

export const CHANGE_NAME = /"change-(\d+)\./g;

export const now = (): number => performance.timeOrigin + performance.now();
