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
  | { readonly kind: 'talk'; readonly met: readonly Met[] }
  | { readonly kind: 'measure' };

export type FromFleet =
  | { readonly kind: 'started'; readonly hosts: readonly HostOfFleet[] }
  | { readonly kind: 'loaded' }
  /** Changes that agents took in since the last such message. */
  | { readonly kind: 'saw'; readonly seen: readonly Seen[] }
  | ({ readonly kind: 'memory' } & FleetMemory)
  | { readonly kind: 'failed'; readonly reason: string };

export type HostOfFleet = { readonly number: number; readonly id: string; readonly address: string };

/** So many devices that the packets of a host's guests meet. */
export type Met = { readonly bridges: number; readonly routers: number };

/** Of one process, after a collection of garbage. */
export type FleetMemory = {
  readonly residentMebibytes: number;
  /** What its agents really hold: objects and buffers. */
  readonly heldMebibytes: number;
  /** What the controller told them, one count for each agent that holds it. */
  readonly rows: number;
};

/** How many agents took a change in, and when the last of them did: milliseconds since 1970, with fractions. */
export type Seen = { readonly change: number; readonly agents: number; readonly at: number };

/** The name a changed bridge gets; agents are watched for it. */
export function changeName(change: number): string {
  return `change-${change}.`;
}

export const CHANGE_NAME = /"change-(\d+)\./g;

export const now = (): number => performance.timeOrigin + performance.now();
