import { TestBed } from '@angular/core/testing';
import type { ComponentFixture } from '@angular/core/testing';
import type { Type } from '@angular/core';

/** Mounts a test component in the document, as overlays and focus need. */
export async function mount<T>(component: Type<T>): Promise<{ fixture: ComponentFixture<T>; root: HTMLElement }> {
  const fixture = TestBed.createComponent(component);
  const root = fixture.nativeElement as HTMLElement;
  document.body.append(root);
  await fixture.whenStable();
  return { fixture, root };
}

/** Presses a key on an element; returns whether its default stays. */
export function press(element: Element, key: string, more: KeyboardEventInit = {}): boolean {
  return element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
}
