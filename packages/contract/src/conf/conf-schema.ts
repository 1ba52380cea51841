import type { ConfValue } from '@midonet/topology';
import type { ConfType } from './conf-type.ts';

/** One setting that can be made centrally. */
export type ConfSetting = {
  /** MidoNet's name of it where that means the same. */
  readonly key: string;
  readonly type: ConfType;
  readonly initial: ConfValue;
  readonly help: string;
  /** The agent's flag that says the same, and goes before. */
  readonly flag?: string;
  /** When an agent follows a change. */
  readonly applies: 'at once' | 'with a new flow table';
};

const SETTINGS = [
  {
    key: 'agent.loggers.root',
    type: { kind: 'enum', words: ['DEBUG', 'INFO', 'WARN', 'ERROR'] },
    initial: 'INFO',
    help: 'how much an agent logs',
    flag: 'log',
    applies: 'at once',
  },
] as const satisfies readonly ConfSetting[];

export type ConfKey = (typeof SETTINGS)[number]['key'];

/** Every setting that agents take from the controllers. */
export const CONF_SETTINGS: readonly ConfSetting[] = SETTINGS;
