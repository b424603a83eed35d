import { Injectable, signal } from '@angular/core';
import { RouterStateSnapshot, TitleStrategy } from '@angular/router';

/** The title of the page that the route names. `UnreadBadge` shows it. */
@Injectable({ providedIn: 'root' })
export class PageTitles extends TitleStrategy {
  readonly #title = signal('');
  readonly title = this.#title.asReadonly();

  override updateTitle(snapshot: RouterStateSnapshot): void {
    this.#title.set(this.buildTitle(snapshot) ?? '');
  }
}
