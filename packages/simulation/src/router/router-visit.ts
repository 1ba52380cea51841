import type { RouterDevice, RouterPort } from '@midonet/topology';
import type { RouterIndex } from './router-index.ts';

/** A packet inside a router. */
export type RouterVisit = {
  readonly device: RouterDevice;
  readonly index: RouterIndex;
  readonly ingress: RouterPort;
  readonly depth: number;
};
