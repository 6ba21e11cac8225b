import { createHmac, timingSafeEqual } from 'node:crypto';
import { validate as isUuid } from 'uuid';
import { kernelErrors } from '../../../kernel/errors.js';
import type { MasterKey } from '../../../platform/crypto/master-key.js';
import type { Automation } from '../automation.entity.js';

type Named = Pick<Automation, 'agencyId' | 'subaccountId' | 'id' | 'secretVersion'>;

/** URLs that others call to set off a rule. Who has one may use it until the rule's secret changes; none of them is stored. */
export class HookLinks {
  readonly #key: Buffer;
  readonly #publicUrl: () => string;

  constructor(options: { readonly masterKey: MasterKey; readonly publicUrl: () => string }) {
    this.#key = options.masterKey.derive('automation hooks');
    this.#publicUrl = options.publicUrl;
  }

  urlOf({ agencyId, subaccountId, id, secretVersion }: Named): string {
    const place = `${agencyId}/${subaccountId}/${id}/${secretVersion}`;
    return new URL(`/hooks/${place}/${this.#sign(place).toString('base64url')}`, this.#publicUrl()).href;
  }

  /** What a path that was called names; throws NOT_FOUND for one that we did not make. */
  open(path: string): Named {
    const [, agencyId = '', subaccountId = '', id = '', version = '', signature = ''] =
      /^\/hooks\/([^/]+)\/([^/]+)\/([^/]+)\/(\d{1,9})\/([\w-]{43})$/.exec(path) ?? [];
    const expected = this.#sign(`${agencyId}/${subaccountId}/${id}/${version}`);
    const given = Buffer.from(signature, 'base64url');
    const isOurs = given.length === expected.length && timingSafeEqual(given, expected);
    if (!isOurs || ![agencyId, subaccountId, id].every((uuid) => isUuid(uuid)))
      throw kernelErrors.NOT_FOUND();
    return { agencyId, subaccountId, id, secretVersion: Number(version) };
  }

  #sign(place: string): Buffer {
    return createHmac('sha256', this.#key).update(place).digest();
  }
}
