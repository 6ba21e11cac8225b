import { parseAddress } from '../wire/address.js';
import type { Account } from './account.js';

/** Who exists: accounts by number and by LID. */
export class Directory {
  readonly #byNumber = new Map<string, Account>();
  readonly #byLid = new Map<string, Account>();

  add(account: Account): void {
    if (this.#byNumber.has(account.number)) throw new Error('the number has an account already');
    this.#byNumber.set(account.number, account);
    this.#byLid.set(account.lid, account);
  }

  byNumber(number: string): Account | undefined {
    return this.#byNumber.get(number);
  }

  /** The account that a JID of either addressing belongs to. */
  byAddress(jid: string | undefined): Account | undefined {
    const address = parseAddress(jid);
    if (!address) return undefined;
    return address.server === 'lid' ? this.#byLid.get(address.user) : this.#byNumber.get(address.user);
  }
}
