import { Component } from '@angular/core';
import { PageHeader } from '@ziggy/ui';
@Component({ selector: 'z-symbol-page', imports: [PageHeader], template: `<z-page-header title="Symbol" />` })
export class SymbolPage {}
