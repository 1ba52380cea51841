/** What one check found, and what to do where it is not well. */
export type Health = {
  readonly check: string;
  /** `unknown`: it could not be looked at; the text says why. */
  readonly state: 'ok' | 'warning' | 'fault' | 'unknown';
  readonly found: string;
  readonly advice?: string | undefined;
};

export const ok = (check: string, found: string): Health => ({ check, state: 'ok', found });
export const unknown = (check: string, found: string): Health => ({ check, state: 'unknown', found });
export const warning = (check: string, found: string, advice: string): Health => ({
  check,
  state: 'warning',
  found,
  advice,
});
export const fault = (check: string, found: string, advice: string): Health => ({
  check,
  state: 'fault',
  found,
  advice,
});
