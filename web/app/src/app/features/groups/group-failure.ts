import { sentence } from '../../core/sentence';

/** Why a change of a group failed. `conflict` says why the group cannot have it. */
export function groupFailure(error: unknown, conflict?: string): string {
  const forbidden = $localize`:@@group.forbidden:You may not do this in this group. Ask an admin.`;
  return sentence(error, { forbidden, ...(conflict === undefined ? {} : { conflict }) });
}
