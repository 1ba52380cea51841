import type { ConfNode, ConfTemplate } from '../conf-entities.ts';
import { isDecodeFailure } from '../codec/field-codec.ts';
import { failing } from './failing.ts';
import type { Violation } from './plan.ts';

/** Of one document, as JSON: it goes to every host that it is for. */
const MOST_TEXT = 64 << 10;

export function confViolations({ values }: ConfNode | ConfTemplate): readonly Violation[] {
  const length = JSON.stringify(values).length;
  return failing(
    [length > MOST_TEXT, 'body', `has ${length} characters then; the settings of one place have ${MOST_TEXT} at most`],
    // It would read as an answer of the codec.
    [isDecodeFailure(values), 'kind', 'cannot have this value'],
  );
}
