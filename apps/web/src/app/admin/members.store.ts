import { Injectable, inject } from '@angular/core';
import type { InviteAnswer, InviteBody, Member, MemberAnswer, MemberBody } from '@ziggy/contracts';
import { CursorList } from '../data/cursor-list.ts';
import { NEW_KEY } from '../data/environment.ts';
import { FreshSignIn } from '../identity/fresh-sign-in.store.ts';
import { IdentityRest } from '../identity/identity-rest.ts';
import { People } from '../identity/people.store.ts';
import { ANY } from './members-url.ts';

/** Which members are asked for; {@link ANY} is no filter. */
export interface MemberFilter {
  readonly q: string;
  readonly role: string;
  readonly state: string;
}

/** The server looks for at least so many characters. */
const SHORTEST = 2;

/** The people of the organisation, newest first. Provide it where they are shown. */
@Injectable()
export class MembersStore {
  readonly #rest = inject(IdentityRest);
  readonly #fresh = inject(FreshSignIn);
  readonly #newKey = inject(NEW_KEY);
  readonly #people = inject(People);
  readonly #list = new CursorList<Member>();

  readonly items = this.#list.items;
  readonly problem = this.#list.problem;
  readonly loading = this.#list.loading;
  readonly hasMore = this.#list.hasMore;

  show({ q, role, state }: MemberFilter): void {
    const text = q.trim();
    const query = {
      q: text.length < SHORTEST ? undefined : text,
      role: role === ANY ? undefined : role,
      state: state === ANY ? undefined : state,
    };
    void this.#list.ask((cursor, signal) => this.#rest.members({ ...query, cursor }, signal));
  }

  more(): void {
    void this.#list.more();
  }

  refresh(): Promise<void> {
    return this.#list.refresh();
  }

  /** Invites; the link is in this answer and nowhere else. @throws RequestProblem when nobody was invited */
  async invite(body: InviteBody): Promise<InviteAnswer> {
    const made = await this.#rest.invite(body, this.#newKey());
    await this.refresh();
    void this.#people.refresh();
    return made;
  }

  /** Changes a member as read; a link, where one was asked for, is in this answer only. @throws RequestProblem when not changed */
  async change(member: Member, change: Omit<MemberBody, 'version'>): Promise<MemberAnswer> {
    try {
      const body = { ...change, version: member.version };
      const changed = await this.#fresh.run((key) => this.#rest.changeMember(member.id, body, key));
      const { linkUrl: _, mailed: __, ...row } = changed;
      this.#list.replace(row, ({ id }) => id === row.id);
      return changed;
    } catch (error) {
      // It may be another by now: the next try is to begin from what is stored.
      void this.refresh();
      throw error;
    }
  }
}
