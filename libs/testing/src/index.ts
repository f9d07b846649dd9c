/** Real servers, patience and faults for tests. Never imported by production code. */
export * from './certificates';
export * from './eventually';
export * from './proxy';
export * from './servers';
export * from './transaction-pooler';
