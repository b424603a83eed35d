import type { Notice, Role } from '../../src/contracts.js';
import { ME } from './build.js';

/** The system message that a call makes, if it changes a group. */
export function noticeOf(call: string, userId: string, body: unknown): Notice | undefined {
  if (call === 'POST members') return { type: 'membersAdded', userIds: (body as { userIds: string[] }).userIds };
  if (call.startsWith('PATCH')) return { type: 'chatChanged', ...(body as object) };
  if (call.startsWith('PUT') && call.endsWith('/role')) {
    return { type: 'roleChanged', userId, role: (body as { role: Role }).role };
  }
  if (!call.startsWith('DELETE')) return undefined;
  return userId === ME ? { type: 'memberLeft' } : { type: 'memberRemoved', userId };
}
