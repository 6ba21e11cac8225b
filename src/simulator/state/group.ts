import type { Account } from './account.js';

/** A group: a name and its members, the first of whom made it. */
export class Group {
  readonly jid: string;
  readonly subject: string;
  readonly members: readonly Account[];

  constructor(jid: string, subject: string, members: readonly Account[]) {
    this.jid = jid;
    this.subject = subject;
    this.members = members;
  }

  has(account: Account): boolean {
    return this.members.includes(account);
  }
}
