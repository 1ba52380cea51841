import type { TraceStep } from '@midonet/flow';

/** Of a row: a store's value should stay small. */
const MAX_CHARACTERS = 16_000;
const MAX_TEXT = 400;

/** Steps as JSON that is not too long; those in the middle go first, as a path's ends say most. */
export function stepText(steps: readonly TraceStep[]): { readonly steps: string; readonly cut: number } {
  const texts = steps.map((step) => JSON.stringify(shortened(step)));
  let size = texts.reduce((sum, text) => sum + text.length + 1, 2);
  let cut = 0;
  while (size > MAX_CHARACTERS && texts.length > 1) {
    const [gone] = texts.splice(Math.floor(texts.length / 2), 1);
    size -= (gone?.length ?? 0) + 1;
    cut++;
  }
  return { steps: `[${texts.join()}]`, cut };
}

/** Floods name their ports, groups may have long names. */
function shortened(step: TraceStep): TraceStep {
  const { action } = step;
  if (action.kind === 'flood') return { ...step, action: { ...action, ports: action.ports.slice(0, 8) } };
  if (action.kind !== 'rule' || action.why.length <= MAX_TEXT) return step;
  return { ...step, action: { ...action, why: `${action.why.slice(0, MAX_TEXT)}…` } };
}
