import { createHash } from 'node:crypto';

// An age grows with the clock while the value stands still; it must not make a new version of the answer.
const AGES = /"ageMs":(?:\d+|null)/g;

/** Strong entity tag of a JSON answer, from its content without the ages in it. */
export function entityTag(json: string): string {
  const stable = json.includes('"ageMs":') ? json.replace(AGES, '"ageMs":0') : json;
  return `"${createHash('sha1').update(stable).digest('base64url')}"`;
}

/** Whether `If-None-Match` names this tag. */
export function isSameEntity(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((entry) => {
    const given = entry.trim();
    return given === '*' || given === tag || given === `W/${tag}`;
  });
}
