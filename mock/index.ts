export { PRESETS } from './batch/presets.ts';
export { ENGINE_PARAMETERS } from './engine-spec.ts';
export { MODEL_FAULT_SEPARATOR } from './fault-spec.ts';
export { FAULTS, type Fault } from './faults.ts';
export { type MockFlags, mockOptionsFromFlags } from './flags.ts';
export { MOCK_OPTIONS, type MockOptionRow, type MockOptions, type ModelOverride } from './options.ts';
export { type Mock, startMock } from './server.ts';
export type { TruthEntry } from './truth.ts';
