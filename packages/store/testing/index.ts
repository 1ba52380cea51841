export { storeCompliance, type OpenStore } from './compliance.ts';
export { EtcdCluster, type ClusterOptions, type EtcdSite } from './etcd-cluster.ts';
export { ManualClock } from './manual-clock.ts';
export { Recorder } from './recorder.ts';
