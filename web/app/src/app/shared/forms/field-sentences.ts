import { languageInUse } from '../../core/language/language';

/** The server's reason at a field, in the user's words. `reason` is English and continues the field's name. */
export function fieldSentence(field: string, reason: string): string {
  switch (field) {
    case 'email':
      return emailText();
    case 'code':
      return $localize`:@@field.codeWrong:The code is wrong or has expired. Check it, or request a new one.`;
    case 'recoveryCode':
      return $localize`:@@field.recoveryCodeWrong:This recovery code is wrong, or was used before.`;
    case 'password':
    case 'newPassword':
      return passwordText();
    case 'name':
      return nameText();
    case 'avatar':
      return avatarText();
    case 'reason':
      return reasonText();
    default:
      return languageInUse() === 'en' ? `${field} ${reason}.` : invalidText();
  }
}

/** Codes of an authenticator app: the app shows the next one within 30 seconds, by its device's clock. */
export function appCodeWrongText(): string {
  return $localize`:@@field.appCodeWrong:Wrong code. Wait for the next one. If it fails too, check your phone's clock.`;
}

export function requiredText(): string {
  return $localize`:@@field.required:Fill in this field.`;
}

export function emailText(): string {
  return $localize`:@@field.emailInvalid:Enter an email address, such as ana@example.com.`;
}

export function passwordText(): string {
  return $localize`:@@field.passwordInvalid:This password does not meet all the rules.`;
}

export function nameText(): string {
  return $localize`:@@field.nameInvalid:A name has 1 to 100 characters, in one line.`;
}

export function avatarText(): string {
  return $localize`:@@field.avatarInvalid:Enter the address of a picture that starts with https:// and is public.`;
}

export function reasonText(): string {
  return $localize`:@@field.reasonInvalid:Say what is wrong, in 1 to 1,000 characters.`;
}

function invalidText(): string {
  return $localize`:@@field.invalid:The server did not accept this value.`;
}
