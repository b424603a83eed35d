/** The id of a dialog's title. A dialog may open another one, so each has its own. */
export function titleOf(dialogId: string): string {
  return `${dialogId}-title`;
}
