import axe from 'axe-core';

/** Rules that jsdom cannot judge: it has no layout and no colours. The contrast of the tokens has its own test. */
const BLIND = { 'color-contrast': { enabled: false }, region: { enabled: false } };

/** Ids of the axe rules that an element breaks, with what is wrong. */
export async function violations(element: Element): Promise<string[]> {
  const { violations: found } = await axe.run(element, { rules: BLIND, resultTypes: ['violations'] });
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}
