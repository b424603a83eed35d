export type * from './api.js';
export type * from './contracts.js';
export type { Events, Readable } from './observable.js';
export * from './errors.js';
export type * from './ports.js';
export { browserPorts } from './browser.js';
export { createPaloma } from './paloma.js';
