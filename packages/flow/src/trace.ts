import type { CopyLoss, ObjectRef } from './verdict.ts';

/** One thing a device did to a packet, in order. `packet` is its one-line print at that point. */
export type TraceStep = {
  readonly at: ObjectRef & { readonly name?: string };
  readonly action: TraceAction;
  readonly packet: string;
};

export type TraceAction =
  | { readonly kind: 'ingress'; readonly portId: string }
  | { readonly kind: 'egress'; readonly portId: string }
  | { readonly kind: 'link'; readonly from: string; readonly to: string }
  | { readonly kind: 'learn'; readonly detail: string }
  | { readonly kind: 'lookup'; readonly table: string; readonly key: string; readonly result: string }
  | { readonly kind: 'flood'; readonly ports: readonly string[] }
  | { readonly kind: 'route'; readonly route: string; readonly nextHop: string }
  | { readonly kind: 'rewrite'; readonly detail: string }
  /** The connection it belongs to, or that it begins one. */
  | { readonly kind: 'connection'; readonly detail: string }
  | { readonly kind: 'answer'; readonly detail: string }
  /** Goes into a chain as the filter of a hook, or by a jump. */
  | { readonly kind: 'chain'; readonly hook: string }
  /** A rule was asked; `does` is what it does when it applies, `why` the test that decided. */
  | { readonly kind: 'rule'; readonly applies: boolean; readonly does: string; readonly why: string }
  /** A mirror was shown the packet. `portId` is where its copies go, `why` the test that decided. */
  | {
      readonly kind: 'mirror';
      readonly hook: string;
      readonly portId: string;
      readonly result: 'copied' | 'passedOver' | 'ownPort' | CopyLoss;
      readonly why: string;
    }
  /** An L2 insertion sends it to its service, takes it back from there, or lets it pass. */
  | { readonly kind: 'insertion'; readonly detail: string }
  | { readonly kind: 'end'; readonly verdict: string; readonly detail: string };
