export { BROKEN, POLICIES } from './balance.ts';
export { ConfigError, ROUTER_DEFAULTS, type RouterOptions, readBackends, readBroken, readConfig } from './config.ts';
export { type Router, startRouter } from './router.ts';
