import { Component, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Button, ForbiddenBlock, PageHeader } from '@ziggy/ui';

/** What is shown instead of a page that the role may not open. */
@Component({
  selector: 'z-forbidden-page',
  imports: [Button, ForbiddenBlock, PageHeader, RouterLink],
  template: `
    <z-page-header title="Not allowed" />
    <z-forbidden [needs]="'the role ' + needs()">
      <a z-button variant="primary" routerLink="/markets">Go to Markets</a>
    </z-forbidden>
  `,
})
export class ForbiddenPage {
  /** The least role. */
  readonly needs = input.required<string>();
}
