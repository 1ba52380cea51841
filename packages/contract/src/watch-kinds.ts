import { ENTITY_KINDS } from '@midonet/topology';

/** What a `collection` topic may be of, without the tables that agents share. */
export const WATCHED_KINDS: readonly string[] = ENTITY_KINDS;
