import type { FlowAction, Outcome, Tag } from '@midonet/flow';
import type { Translator } from './translate.ts';

/** What the copies of an outcome come to on this host. */
export type TranslatedCopies = {
  readonly actions: readonly FlowAction[];
  readonly tags: readonly Tag[];
  /** Mirrors whose port cannot be reached from here now. */
  readonly lost: readonly string[];
};

/** Turns copies that mirrors take into actions. They leave the packet as it was for what comes after. */
export class Copier {
  readonly #translator: Translator;

  constructor(translator: Translator) {
    this.#translator = translator;
  }

  copied({ copies }: Pick<Outcome, 'copies'>): TranslatedCopies {
    if (copies === undefined) return { actions: [], tags: [], lost: [] };
    const { actions, tags, unreached } = this.#translator.translate([...copies.actions, ...copies.ofFrame]);
    const beyond = copies.sent.filter(({ portId }) => unreached.includes(portId));
    const lost = [...copies.lost, ...beyond].map(({ mirrorId }) => mirrorId);
    return { actions, tags, lost: [...new Set(lost)] };
  }
}
