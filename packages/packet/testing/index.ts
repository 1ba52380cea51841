/** For the tests of other packages: arbitraries, sample frames, pcap files, the fuzz loop. */
export * as arbitraries from './arbitraries.ts';
export * from './frame-arbitrary.ts';
export * from './fuzz-loop.ts';
export * from './fuzz-target.ts';
export * from './pcap.ts';
export * from './tshark-fields.ts';
