export { WatchClient } from './watch-client.ts';
export { resumesAsFresh } from './resumes-as-fresh.ts';
