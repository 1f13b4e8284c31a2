/**
 * Gives the focus to the heading of a page when the button that had it is gone, e.g. with its row. Call it after the change;
 * it looks once the page is drawn anew.
 */
export function rescueFocus(page: HTMLElement): void {
  const { ownerDocument: document } = page;
  setTimeout(() => {
    const { activeElement } = document;
    if (activeElement === null || activeElement === document.body) page.querySelector<HTMLElement>('h1')?.focus();
  });
}
