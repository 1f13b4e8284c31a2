export * from './codes.ts';
export * from './shared.ts';
export * from './market.ts';
export * from './stream.ts';
export * from './ops.ts';
