export interface PasswordRule {
  readonly text: string;
  readonly met: boolean;
}

/** The API's rules for passwords, and whether a password meets them. */
export function passwordRules(password: string): readonly PasswordRule[] {
  const length = [...password].length;
  return [
    { text: $localize`:@@password.length:10 to 256 characters`, met: length >= 10 && length <= 256 },
    { text: $localize`:@@password.lower:a lower-case letter (a–z)`, met: /[a-z]/.test(password) },
    { text: $localize`:@@password.upper:an upper-case letter (A–Z)`, met: /[A-Z]/.test(password) },
    { text: $localize`:@@password.digit:a digit (0–9)`, met: /\d/.test(password) },
    {
      text: $localize`:@@password.spaces:no space at the beginning or end`,
      met: password !== '' && password === password.trim() && !/\p{Cc}/u.test(password),
    },
  ];
}
