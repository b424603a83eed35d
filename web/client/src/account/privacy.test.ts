import { describe, expect, it } from 'vitest';
import type { Privacy, User } from '../contracts.js';
import { withPrivacy } from './privacy.js';

const ana: User = { userId: 'ana', name: 'Ana', createdAt: 1 };

function at(changedAt: number): Privacy {
  return { presence: 'everyone', receipts: 'nobody', discoverableByEmail: 'everyone', groups: 'everyone', changedAt };
}

describe('privacy settings', () => {
  it('are those of the last change, in whatever order they come', () => {
    expect(withPrivacy(ana, at(5)).privacy).toEqual(at(5));
    expect(withPrivacy({ ...ana, privacy: at(5) }, at(4)).privacy).toEqual(at(5));
    expect(withPrivacy({ ...ana, privacy: at(5) }, at(6)).privacy).toEqual(at(6));
  });

  it('stay when an answer has none', () => {
    expect(withPrivacy({ ...ana, privacy: at(5) }, undefined).privacy).toEqual(at(5));
    expect(withPrivacy(ana, undefined)).toBe(ana);
  });
});
