import { Component, DOCUMENT, computed, inject, input, output } from '@angular/core';
import { channelPath } from '@ziggy/contracts';
import type { NewApiKeyAnswer } from '@ziggy/contracts';
import { Button, CopyField, Dialog } from '@ziggy/ui';
import { PORTAL_CONFIG } from '../data/environment.ts';

/** The secret of a new key, this once, and how programs use it. Closed only on purpose. */
@Component({
  selector: 'z-key-secret',
  imports: [Button, CopyField, Dialog],
  template: `<z-dialog
    title="Your new API key"
    [guarded]="true"
    [open]="key() !== null"
    (openChange)="$event || closed.emit()"
  >
    @if (key(); as made) {
      <div class="stack">
        <p>
          <b>This is the only time the key is shown.</b> Put it where your program keeps its secrets, not into its
          source.
        </p>
        <z-copy-field label="Key" [value]="made.secret" />
        <p class="muted">These read it from the variable ZIGGY_API_KEY, so that it stands in no list of processes.</p>
        <z-copy-field label="REST, with curl" [lines]="2" [value]="curl()" />
        <z-copy-field label="Stream, in Node.js" [lines]="6" [value]="socket()" />
      </div>
    }
    <ng-container zActions>
      <button z-button variant="primary" (click)="closed.emit()">I have kept it</button>
    </ng-container>
  </z-dialog>`,
  styleUrl: '../sections/section.scss',
})
export class KeySecret {
  /** The new key; null while there is none to show. */
  readonly key = input.required<NewApiKeyAnswer | null>();
  readonly closed = output();
  readonly #base = new URL(inject(PORTAL_CONFIG).apiBase || '/', inject(DOCUMENT).baseURI).href.replace(/\/$/, '');
  protected readonly curl = computed(
    () => `curl -H "X-API-Key: $ZIGGY_API_KEY" \\\n  "${this.#base}/market/overview?universe=tracked"`,
  );
  protected readonly socket = computed(() =>
    [
      `const socket = new WebSocket('${this.#base.replace(/^http/, 'ws')}${channelPath('market')}', {`,
      `  headers: { 'x-api-key': process.env.ZIGGY_API_KEY },`,
      '});',
      `const subscribe = { type: 'subscribe', symbols: ['AAPL'] };`,
      'socket.onopen = () => socket.send(JSON.stringify(subscribe));',
      'socket.onmessage = ({ data }) => console.log(data);',
    ].join('\n'),
  );
}
