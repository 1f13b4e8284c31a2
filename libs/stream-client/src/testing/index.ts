export { FakeTime } from './fake-time.ts';
export { FakeSocket } from './fake-socket.ts';
export { FakeLog, FakeServer, aQuote } from './fake-server.ts';
export { FakeLocks, FakeTabs } from './fake-tabs.ts';
export { aRig, jsonAnswer } from './rig.ts';
export type { Rig } from './rig.ts';
