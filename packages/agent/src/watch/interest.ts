import type { Topic } from '@midonet/contract';
import { deviceTag, type Missing, type Tag } from '@midonet/flow';

/** What to follow to learn of something that a packet lacked. A device comes with its table. */
export function topicsFor(missing: Missing): readonly Topic[] {
  switch (missing.kind) {
    case 'port':
      return [{ kind: 'port', id: missing.id }];
    case 'chain':
      return [{ kind: 'chain', id: missing.id }];
    case 'portGroup':
      return [{ kind: 'portGroup', id: missing.id }];
    case 'ipAddrGroup':
      return [{ kind: 'ipAddrGroup', id: missing.id }];
    case 'balancer':
      return [{ kind: 'balancer', id: missing.id }];
    case 'qosPolicy':
      return [{ kind: 'qosPolicy', id: missing.id }];
    case 'mirror':
      return [{ kind: 'mirror', id: missing.id }];
    case 'bridge':
      return bridgeTopics(missing.id);
    case 'macTable':
      return bridgeTopics(missing.bridgeId);
    case 'router':
      return routerTopics(missing.id);
    case 'neighbourTable':
      return routerTopics(missing.routerId);
    case 'neighbour':
    case 'natPorts':
    case 'fragment':
      return [];
  }
}

/** The tag that flows through the topic's device carry; undefined for what is always followed. */
export function tagOfTopic(topic: Topic): Tag | undefined {
  switch (topic.kind) {
    case 'bridge':
    case 'macTable':
      return deviceTag('bridge', topic.id);
    case 'router':
    case 'neighbours':
      return deviceTag('router', topic.id);
    case 'port':
    case 'chain':
    case 'portGroup':
    case 'ipAddrGroup':
    case 'balancer':
    case 'qosPolicy':
    case 'mirror':
      return deviceTag(topic.kind, topic.id);
    case 'host':
    case 'conf':
    case 'collection':
      return undefined;
  }
}

function bridgeTopics(id: string): readonly Topic[] {
  return [
    { kind: 'bridge', id },
    { kind: 'macTable', id },
  ];
}

function routerTopics(id: string): readonly Topic[] {
  return [
    { kind: 'router', id },
    { kind: 'neighbours', id },
  ];
}
