import { foreign } from './failures.js';

/** The data of an answer that the contract says has some. A proxy may answer with nothing. */
export function present<T>(data: T | undefined): T {
  if (data === undefined) throw foreign();
  return data;
}
