import { SchemaPath, email, required, validate } from '@angular/forms/signals';
import { MAX_REASON } from '@paloma/client';
import { avatarText, emailText, nameText, passwordText, reasonText, requiredText } from './field-sentences';
import { passwordRules } from './password-rules';

const LONGEST_NAME = 100;
const LONGEST_AVATAR_BYTES = 2_048;

/** Rules of the API, checked before a form is sent. The server checks them again. */
export function requiredRule(path: SchemaPath<string>): void {
  required(path, { message: requiredText() });
}

export function emailRule(path: SchemaPath<string>): void {
  requiredRule(path);
  email(path, { message: emailText() });
}

export function newPasswordRule(path: SchemaPath<string>): void {
  requiredRule(path);
  validate(path, ({ value }) => {
    const all = passwordRules(value()).every(({ met }) => met);
    return all || value() === '' ? undefined : { kind: 'password', message: passwordText() };
  });
}

export function nameRule(path: SchemaPath<string>): void {
  requiredRule(path);
  validate(path, ({ value }) => {
    const name = value().trim();
    const valid = name !== '' && [...name].length <= LONGEST_NAME;
    return valid || value() === '' ? undefined : { kind: 'name', message: nameText() };
  });
}

export function reasonRule(path: SchemaPath<string>): void {
  requiredRule(path);
  validate(path, ({ value }) => {
    const reason = value().trim();
    const valid = reason !== '' && [...reason].length <= MAX_REASON;
    return valid || value() === '' ? undefined : { kind: 'reason', message: reasonText() };
  });
}

/** Empty means: no picture. */
export function avatarRule(path: SchemaPath<string>): void {
  validate(path, ({ value }) => {
    const url = value().trim();
    const fits = new TextEncoder().encode(url).length <= LONGEST_AVATAR_BYTES;
    return url === '' || (fits && isHttps(url)) ? undefined : { kind: 'avatar', message: avatarText() };
  });
}

export function isHttps(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'https:';
}

/** A code as the user copied it: "123 456". */
export function codeOf(text: string): string {
  return text.replace(/[\s-]/g, '');
}
