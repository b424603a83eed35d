/** The parts of a key event that decide whether it sends. */
export type ComposerKey = Pick<
  KeyboardEvent,
  'key' | 'keyCode' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey' | 'isComposing' | 'timeStamp'
>;

/** Safari reports the Enter that ends a composition a moment after `compositionend`, as an ordinary key. */
const AFTER_COMPOSITION_MS = 60;

/** `keyCode` of a key that an input method handles. */
const HANDLED_BY_INPUT_METHOD = 229;

/**
 * Whether the key sends the message.
 *
 * @param compositionEndedAt The `timeStamp` of the last `compositionend`, in milliseconds.
 * @param touch On touch devices, Enter breaks the line, and a button sends.
 */
export function sends(key: ComposerKey, compositionEndedAt: number | undefined, touch: boolean): boolean {
  if (key.key !== 'Enter' || key.shiftKey || key.altKey) return false;
  if (key.isComposing || key.keyCode === HANDLED_BY_INPUT_METHOD) return false;
  if (compositionEndedAt !== undefined && key.timeStamp - compositionEndedAt < AFTER_COMPOSITION_MS) return false;
  return !touch || key.ctrlKey || key.metaKey;
}

export function hasModifier({ shiftKey, ctrlKey, altKey, metaKey }: ComposerKey): boolean {
  return shiftKey || ctrlKey || altKey || metaKey;
}
