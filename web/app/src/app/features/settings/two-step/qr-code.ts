import { Component, input, resource } from '@angular/core';
import { Spinner } from '../../../shared/spinner/spinner';

const MARGIN = 2;

/** A text as a QR code. The library that computes it loads when it is needed. */
@Component({
  selector: 'app-qr-code',
  imports: [Spinner],
  template: `@if (code.hasValue() && code.value(); as drawing) {
      <svg
        role="img"
        aria-label="QR code for your authenticator app"
        i18n-aria-label="@@enrol.qrCode"
        shape-rendering="crispEdges"
        [attr.viewBox]="drawing.viewBox"
      >
        <path [attr.d]="drawing.path" />
      </svg>
    } @else if (code.isLoading()) {
      <app-spinner />
    }`,
  styles: `
    :host {
      display: grid;
      place-items: center;
      width: 13rem;
      height: 13rem;
      border-radius: var(--radius-m);
      background: #fff;
      color: #000;
    }
    svg {
      width: 100%;
      fill: #000;
      stroke: none;
    }
  `,
})
export class QrCode {
  readonly text = input.required<string>();
  protected readonly code = resource({ params: () => this.text(), loader: ({ params }) => drawingOf(params) });
}

async function drawingOf(text: string): Promise<{ viewBox: string; path: string }> {
  const { encode } = await import('uqr');
  const { data, size } = encode(text, { border: 0 });
  const cells = data.flatMap((row, y) =>
    row.flatMap((dark, x) => (dark ? [`M${String(x)} ${String(y)}h1v1h-1z`] : [])),
  );
  const side = String(size + 2 * MARGIN);
  return { viewBox: `${String(-MARGIN)} ${String(-MARGIN)} ${side} ${side}`, path: cells.join('') };
}
