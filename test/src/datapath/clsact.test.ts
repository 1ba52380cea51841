import { complianceSuite } from '@midonet/datapath/testing';
import { ebpfHarness } from '@midonet/datapath/testing/ebpf';

// Kernels before 6.6 have no TCX; tc filters attach the same programs.
complianceSuite('ebpf by tc filters', ebpfHarness('clsact'), ['outputs', 'tunnels', 'execute', 'ports']);
