import type { Privacy, User } from '../contracts.js';

/** The user with these settings, unless the user has later ones. */
export function withPrivacy(user: User, privacy: Privacy | undefined): User {
  if (privacy === undefined || (user.privacy && user.privacy.changedAt > privacy.changedAt)) return user;
  return { ...user, privacy };
}
