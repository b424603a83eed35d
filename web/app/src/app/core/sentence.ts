import { PalomaError, Problem } from '@paloma/client';
import { languageInUse } from './language/language';
import { waitText } from './wait-text';

/** The last part of a problem's type, such as `not-found`. */
export type ProblemKind = Problem['type'] extends `urn:paloma:problem:${infer Kind}` ? Kind : never;

export function problemKind(problem: Problem): ProblemKind {
  return problem.type.replace('urn:paloma:problem:', '') as ProblemKind;
}

/** A failed call in the user's words, with a way to continue. `texts` replaces the general texts of a caller's case. */
export function sentence(error: unknown, texts: Partial<Record<ProblemKind, string>> = {}): string {
  if (!(error instanceof PalomaError)) return unexpected();
  switch (error.kind) {
    case 'offline':
      return $localize`:@@failure.offline:The server did not answer. Check your connection, then try again.`;
    case 'signedOut':
      return $localize`:@@failure.signedOut:Your session has ended. Log in again.`;
    case 'storage':
      return $localize`:@@failure.storage:This browser could not change its data. Free some space, then try again.`;
    case 'problem':
      return error.problem === undefined ? unexpected() : problemText(error.problem, texts);
    default:
      return unexpected();
  }
}

function problemText(problem: Problem, texts: Partial<Record<ProblemKind, string>>): string {
  const kind = problemKind(problem);
  if (kind === 'too-many-requests') return tooMany(problem.retryAfterMs);
  // The server's sentence is more precise, but English.
  return texts[kind] ?? (languageInUse() === 'en' ? problem.detail : general(kind));
}

function tooMany(retryAfterMs: number | undefined): string {
  if (retryAfterMs === undefined)
    return $localize`:@@failure.tooMany:Too many tries. Wait a few minutes, then try again.`;
  return $localize`:@@failure.tooManyUntil:Too many tries. Try again in ${waitText(retryAfterMs)}:duration:.`;
}

function general(kind: ProblemKind): string {
  switch (kind) {
    case 'unauthenticated':
      return $localize`:@@failure.unauthenticated:The login, the password or the code is not valid.`;
    case 'forbidden':
      return $localize`:@@failure.forbidden:You are not allowed to do this. Check your password.`;
    case 'not-found':
      return $localize`:@@failure.notFound:This does not exist, or you have no access to it.`;
    case 'conflict':
      return $localize`:@@failure.conflict:Other data exists already. Load the page again.`;
    case 'too-large':
      return $localize`:@@failure.tooLarge:This is too long. Shorten it, then try again.`;
    case 'not-configured':
      return $localize`:@@failure.notConfigured:This server does not offer this.`;
    case 'unavailable':
      return $localize`:@@failure.unavailable:The server could not finish this now. Try again in a moment.`;
    default:
      return $localize`:@@failure.invalid:The server did not accept this. Check what you entered.`;
  }
}

function unexpected(): string {
  return $localize`:@@failure.unexpected:Something went wrong. Try again; if it happens again, load the page again.`;
}
