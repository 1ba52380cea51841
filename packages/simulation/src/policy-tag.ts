import { deviceTag, type Tag } from '@midonet/flow';
import type { QosPolicyDevice } from '@midonet/topology';
import { derived } from './cache.ts';

export const policyTag = derived(({ policy }: QosPolicyDevice): Tag => deviceTag('qosPolicy', policy.id));
