import { Component, input } from '@angular/core';

/** The frame of the pages before a login. */
@Component({
  selector: 'app-auth-frame',
  template: `<main>
    <header>
      <img src="icon.svg" alt="" width="56" height="56" />
      <p class="name">Paloma</p>
    </header>
    <div class="card">
      <h1>{{ heading() }}</h1>
      <ng-content />
    </div>
    <footer><ng-content select="[frame=links]" /></footer>
  </main>`,
  styleUrl: './auth-frame.scss',
})
export class AuthFrame {
  readonly heading = input.required<string>();
}
