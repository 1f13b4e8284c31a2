import { Component, inject } from '@angular/core';
import { Router, RouterLink } from '@angular/router';
import { Button, EmptyBlock, PageHeader } from '@ziggy/ui';

/** An address that leads nowhere, and the ways out of it. */
@Component({
  selector: 'z-not-found-page',
  imports: [Button, EmptyBlock, PageHeader, RouterLink],
  template: `
    <z-page-header title="Not found" />
    <z-empty sentence="There is no page at this address." [reason]="'Asked for: ' + path">
      <a z-button variant="primary" routerLink="/markets">Go to Markets</a>
    </z-empty>
  `,
})
export class NotFoundPage {
  protected readonly path = inject(Router).url.slice(0, 200);
}
