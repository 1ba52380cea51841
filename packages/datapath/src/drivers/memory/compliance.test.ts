import { complianceSuite, memoryHarness } from '../../../testing/index.ts';

complianceSuite('memory', memoryHarness);
