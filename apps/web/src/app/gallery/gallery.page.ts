import { Component } from '@angular/core';

/** Every primitive of the design system in every state it can be in. */
@Component({ selector: 'z-gallery-page', template: `<h1>Gallery</h1>` })
export class GalleryPage {}
