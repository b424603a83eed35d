import { Router } from '@angular/router';
import { handedText } from '../../core/url';

/** Hands an email address to the next page: in the history, since a URL may end up in logs. */
export function navigateWithAddress(router: Router, path: string, email: string): Promise<boolean> {
  return router.navigate([path], { state: { email }, queryParamsHandling: 'preserve' });
}

/** The address that the last page handed on. Empty without one. */
export function handedAddress(): string {
  return handedText('email') ?? '';
}
