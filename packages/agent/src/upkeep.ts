import type { Tag } from '@midonet/flow';
import type { TopologyItem } from '@midonet/topology';
import type { Solicitations } from './advertising/solicitations.ts';
import * as times from './agent-times.ts';
import type { Clock } from './clock.ts';
import type { FlowWriter } from './flows/flow-writer.ts';
import type { HealthChecks } from './health/health-checks.ts';
import type { PortLimiter } from './host/port-limits.ts';
import type { Learner } from './learning/learner.ts';
import type { NeighbourResolver } from './neighbours/neighbour-resolver.ts';
import type { ItemStore } from './view/item-store.ts';
import type { Knowledge } from './view/knowledge.ts';
import { tagOfTopic } from './watch/interest.ts';
import { topicKey, type Subscriptions } from './watch/subscriptions.ts';

type Parts = {
  readonly clock: Clock;
  readonly flows: FlowWriter;
  readonly solicitations: Solicitations;
  readonly learner: Learner;
  readonly resolver: NeighbourResolver;
  readonly subscriptions: Subscriptions;
  readonly knowledge: Knowledge;
  readonly items: ItemStore;
  readonly limiter: PortLimiter;
  readonly checks: HealthChecks;
};

type News = {
  readonly onTags: (tags: readonly Tag[]) => void;
  /** A topic was let go of: these are all its items. */
  readonly onForgotten: (items: readonly TopologyItem[]) => void;
};

/** Lets go of what no flow uses any more: learned MACs and neighbours, and after a while topics of the controller. */
export class Upkeep {
  readonly #parts: Parts;
  readonly #news: News;

  constructor(parts: Parts, news: News) {
    this.#parts = parts;
    this.#news = news;
  }

  sweep(): void {
    const { solicitations, learner, resolver, flows } = this.#parts;
    solicitations.sweep();
    const uses = (tag: Tag): boolean => flows.table.uses(tag);
    const tags = [...learner.sweep(uses), ...resolver.sweep(uses)];
    if (tags.length > 0) this.#news.onTags(tags);
    this.#sweepTopics(uses);
  }

  #sweepTopics(uses: (tag: Tag) => boolean): void {
    const { clock, subscriptions, knowledge, items, limiter, checks } = this.#parts;
    const now = clock.now();
    for (const subscribed of [...subscriptions.all()]) {
      const tag = tagOfTopic(subscribed.topic);
      if (tag === undefined) continue;
      if (uses(tag) || limiter.follows(subscribed.topic) || checks.follows(subscribed.topic)) subscribed.lastUsed = now;
      if (now - subscribed.lastUsed < times.UNUSED_TOPIC_MS) continue;
      subscriptions.drop(subscribed.topic);
      knowledge.forget(subscribed.topic);
      this.#news.onForgotten(items.drop(topicKey(subscribed.topic)));
    }
  }
}
