/** The words all services share: ids, money, logs, events and their wire form, consistency tokens. */
export * from './ids';
export * from './money';
export * from './partitions';
export * from './services';
export * from './logs';
export * from './time';
export * from './envelope';
export * from './rules';
export * from './events/user.events';
export * from './events/product.events';
export * from './events/order.events';
export * from './events/registry';
export * from './events/define';
export * from './events/check';
export * from './async-api';
export * from './cloud-event';
export * from './consistency-token';
