import { after } from 'node:test';
import { openEtcdStore } from '@midonet/store/etcd';
import { EtcdCluster, storeCompliance } from '@midonet/store/testing';

const cluster = await EtcdCluster.start(1);
let next = 0;

after(() => cluster.close());

storeCompliance('etcd, one member', (options) =>
  openEtcdStore({ ...options, urls: cluster.urls, prefix: `/compliance/${next++}` }),
);
