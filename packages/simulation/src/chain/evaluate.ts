import type { ChainRun } from './chain-run.ts';
import type { Expression } from './expression.ts';
import { leafHolds } from './leaf.ts';

/** The fast evaluator: asks no more than it needs to know. */
export function holds(expression: Expression, run: ChainRun): boolean {
  switch (expression.kind) {
    case 'and': {
      const { terms } = expression;
      for (let i = 0; i < terms.length; i++) {
        const term = terms[i];
        if (term !== undefined && !holds(term, run)) return false;
      }
      return true;
    }
    case 'not':
      return !holds(expression.term, run);
    default:
      return leafHolds(expression, run);
  }
}
