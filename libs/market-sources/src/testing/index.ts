export { marketSourceContract } from './contract.ts';
export type { BarRange, ContractSubject, ContractTraits, ContractUpstream } from './contract-subject.ts';
export { FakeYahoo, FAKE_COOKIE, FAKE_CRUMB } from './fake-yahoo.ts';
export type { FakeAnswer } from './fake-yahoo.ts';
export { blockNetwork, NetworkBlocked } from './no-network.ts';
export { VirtualTime, turns } from './virtual-time.ts';
export { readWireTape, tapeFetch } from './tape-fetch.ts';
