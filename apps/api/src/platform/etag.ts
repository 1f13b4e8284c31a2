import { hash } from 'node:crypto';

/** Members that move with the clock while the state stands still; they must not make a new version of the answer. */
const CLOCKED = /"ageMs":(?:\d+|null)|"(?:marketNow|wall|now)":"[^"]*"|"available":[0-9.]+/g;

/** Strong entity tag of a JSON answer, from its content without what is read off a clock. */
export function entityTag(json: string): string {
  const stable = json.replace(CLOCKED, '');
  return `"${hash('sha1', stable, 'base64url')}"`;
}

/** Whether `If-None-Match` names this tag. */
export function isSameEntity(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((entry) => {
    const given = entry.trim();
    return given === '*' || given === tag || given === `W/${tag}`;
  });
}
