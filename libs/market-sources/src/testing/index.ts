export { marketSourceContract } from './contract.ts';
export type { BarRange, ContractSubject, ContractTraits, ContractUpstream } from './contract-subject.ts';
export { VirtualTime, turns } from './virtual-time.ts';
