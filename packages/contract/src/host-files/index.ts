export { agentLock, agentOf, ownLock } from './agent-lock.ts';
export { crashesIn, crashFile, keepCrashes, type Crash, type Program } from './crash-file.ts';
