import { describe, expect, it } from '@jest/globals';
import { PROBLEMS } from '@ziggy/contracts';
import { LOCAL_PROBLEMS, localProblem, problemOf, problemWords } from './problem.ts';

const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
  new Response(body, { status, headers });

describe('problems', () => {
  it('has words and a remedy for every code of the contract', () => {
    for (const code of Object.keys(PROBLEMS)) {
      const { sentence, remedy } = problemWords(code, null, 500);
      expect(sentence.length).toBeGreaterThan(5);
      expect(remedy.length).toBeGreaterThan(5);
      expect(sentence).not.toMatch(/_|http/);
    }
    for (const code of Object.keys(LOCAL_PROBLEMS))
      expect(localProblem(code as keyof typeof LOCAL_PROBLEMS).shown.sentence).toContain('. ');
  });

  it('reads problem+json with its request id and Retry-After', async () => {
    const body = {
      type: '/docs/errors/rate_limited',
      title: 'Too many requests',
      status: 429,
      detail: 'd',
      code: 'rate_limited',
      requestId: 'r-1',
      errors: [],
    };
    const problem = await problemOf(answer(429, JSON.stringify(body), { 'retry-after': '3' }));
    expect(problem).toMatchObject({
      code: 'rate_limited',
      status: 429,
      requestId: 'r-1',
      temporary: true,
      retryAfterMs: 3000,
    });
  });

  it.each(['', '<html>', '{"code":7}', 'null'])('survives a body that is no problem: %j', async (body) => {
    expect(await problemOf(answer(502, body, { 'x-request-id': 'r-2' }))).toMatchObject({
      code: 'http_502',
      status: 502,
      requestId: 'r-2',
      temporary: true,
    });
  });

  it('shows the title of a code that is newer than this build', () => {
    expect(problemWords('from_the_future', 'A new thing', 409)).toMatchObject({
      sentence: 'A new thing',
      temporary: false,
    });
  });
});
