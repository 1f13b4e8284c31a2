import { Component } from '@angular/core';
import { PageHeader } from '@ziggy/ui';
@Component({ selector: 'z-markets-page', imports: [PageHeader], template: `<z-page-header title="Markets" />` })
export class MarketsPage {}
