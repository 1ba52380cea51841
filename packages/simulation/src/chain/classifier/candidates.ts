import type { ChainRun } from '../chain-run.ts';
import { RuleSet, type Parts } from './rule-set.ts';

/**
 * The rules of a chain that a packet may meet, in their order. Of all sets still open, the one with
 * the earliest rule is looked at next, and the packet's field read only then: fields that matter to
 * later rules alone are not read when an earlier one decides, so masks stay as wide as the decision
 * allows.
 */
export class Candidates {
  readonly #root: RuleSet;
  readonly #run: ChainRun;
  /** What is open: rules to ask, or rules that a field of the packet tells apart. */
  readonly #open: (RuleSet | Parts)[] = [];
  /** Of each of them: the position of the first rule that may be next, and where that is in a set. */
  readonly #position: number[] = [];
  readonly #at: number[] = [];
  #from = 0;
  #rewrites: number;
  readonly #enter = (set: RuleSet): void => {
    const { parts } = set;
    if (parts === 'whole') {
      const at = set.indexFrom(this.#from);
      const position = set.positions[at];
      if (position !== undefined) this.#push(set, position, at);
      return;
    }
    if (parts.last >= this.#from) this.#push(parts, Math.max(parts.first, this.#from), 0);
    if (parts.others !== undefined) this.#enter(parts.others);
  };

  constructor(root: RuleSet, run: ChainRun) {
    this.#root = root;
    this.#run = run;
    this.#rewrites = run.rewrites;
    this.#enter(root);
  }

  /** The position of the next rule to ask, behind all that were given before; -1 when there is none. */
  next(): number {
    if (this.#rewrites !== this.#run.rewrites) this.#startOver();
    for (;;) {
      const i = this.#earliest();
      const open = this.#open[i];
      if (open === undefined) return -1;
      if (open instanceof RuleSet) return this.#take(i, open);
      this.#close(i);
      open.split.visit(this.#run, this.#enter);
    }
  }

  #earliest(): number {
    const positions = this.#position;
    let best = 0;
    for (let i = 1; i < positions.length; i++) if ((positions[i] ?? 0) < (positions[best] ?? 0)) best = i;
    return best;
  }

  #take(i: number, set: RuleSet): number {
    const position = this.#position[i] ?? 0;
    const at = (this.#at[i] ?? 0) + 1;
    const next = set.positions[at];
    this.#from = position + 1;
    if (next === undefined) this.#close(i);
    else {
      this.#position[i] = next;
      this.#at[i] = at;
    }
    return position;
  }

  #push(open: RuleSet | Parts, position: number, at: number): void {
    this.#open.push(open);
    this.#position.push(position);
    this.#at.push(at);
  }

  #close(i: number): void {
    const [open, position, at] = [this.#open.pop(), this.#position.pop(), this.#at.pop()];
    if (i === this.#open.length || open === undefined) return;
    this.#open[i] = open;
    this.#position[i] = position ?? 0;
    this.#at[i] = at ?? 0;
  }

  /** The packet has other addresses or ports than those the open sets were chosen by. */
  #startOver(): void {
    this.#rewrites = this.#run.rewrites;
    this.#open.length = this.#position.length = this.#at.length = 0;
    this.#enter(this.#root);
  }
}
