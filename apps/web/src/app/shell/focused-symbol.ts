import { Injectable, signal } from '@angular/core';

/** The symbol that single keys act on: that of the page, or of the row with the focus. */
@Injectable({ providedIn: 'root' })
export class FocusedSymbol {
  readonly symbol = signal<string | null>(null);
}
