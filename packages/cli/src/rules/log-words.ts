import { LOG_EVENTS } from '@midonet/contract';

export type LogEvent = (typeof LOG_EVENTS)[number];

export const LOG_WORDS = 'accept, drop, all or none';

/** `event` is null for `none`; undefined for what is no word of these. */
export function logWord(text: string): { readonly event: LogEvent | null } | undefined {
  if (text === 'none') return { event: null };
  const event = LOG_EVENTS.find((one) => one.toLowerCase() === text);
  return event === undefined ? undefined : { event };
}
