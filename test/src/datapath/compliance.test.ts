import { complianceSuite } from '@midonet/datapath/testing';
import { ebpfHarness } from '@midonet/datapath/testing/ebpf';

complianceSuite('ebpf', ebpfHarness());
