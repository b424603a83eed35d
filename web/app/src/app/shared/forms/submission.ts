import type { WritableSignal } from '@angular/core';
import { FieldTree, FormSubmitOptions, ValidationError } from '@angular/forms/signals';
import { PalomaError } from '@paloma/client';
import { ProblemKind, sentence } from '../../core/sentence';
import { fieldSentence } from './field-sentences';

const SERVER = 'server';

type ServerError = ValidationError.WithOptionalFieldTree;

export interface SubmissionOptions<T> {
  /** Sentences for kinds of problems, instead of the general ones. */
  readonly texts?: Partial<Record<ProblemKind, string>>;
  /** Sentences at fields of the API, instead of the general ones. */
  readonly fieldTexts?: Record<string, string>;
  /** The form's name of a field of the API, if it is another one. */
  readonly names?: Record<string, keyof T>;
}

/** Sends a form. A failure appears at its field, or above the form; then the first wrong field gets the focus. */
export function submission<T extends object>(
  send: (value: T) => Promise<void>,
  options: SubmissionOptions<T> = {},
): FormSubmitOptions<T, unknown> {
  return {
    // Angular counts the errors of the last answer as invalid, and would not send the same values again.
    ignoreValidators: 'all',
    action: async (form: FieldTree<T>) => {
      const [invalid] = form()
        .errorSummary()
        .filter(({ kind }) => kind !== SERVER);
      if (invalid !== undefined) {
        invalid.fieldTree().focusBoundControl();
        return undefined;
      }
      // A new object clears the error above the form.
      const value = form().value as WritableSignal<T>;
      value.set({ ...value() });
      try {
        await send(value());
        return undefined;
      } catch (error) {
        const errors = errorsOf(error, form, options);
        errors
          .find(({ fieldTree }) => fieldTree !== undefined)
          ?.fieldTree?.()
          .focusBoundControl();
        return errors;
      }
    },
  };
}

function errorsOf<T extends object>(error: unknown, form: FieldTree<T>, options: SubmissionOptions<T>): ServerError[] {
  const problems = error instanceof PalomaError ? (error.problem?.errors ?? []) : [];
  const atFields = problems.flatMap(({ field, reason }): ServerError[] => {
    const fieldTree = childOf(form, String(options.names?.[field] ?? field));
    const message = options.fieldTexts?.[field] ?? fieldSentence(field, reason);
    return fieldTree === undefined ? [] : [{ kind: SERVER, message, fieldTree }];
  });
  return atFields.length > 0 ? atFields : [{ kind: SERVER, message: sentence(error, options.texts) }];
}

function childOf<T extends object>(form: FieldTree<T>, name: string): FieldTree<unknown> | undefined {
  return (form as Partial<Record<string, FieldTree<unknown>>>)[name];
}
