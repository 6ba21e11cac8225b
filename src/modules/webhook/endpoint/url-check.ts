import { randomBytes } from 'node:crypto';
import type { OutboundHttp } from '../../../platform/outbound/outbound-http.js';
import type { Dialect } from '../dialect/dialect.names.js';
import { webhookErrors } from '../webhook.errors.js';

const CHALLENGE_BYTES = 24;
const CHALLENGE_TIMEOUT_MS = 10_000;

/** Whether a URL may be called at all, and in dialects that ask for it, whether its owner wants to be called. */
export class UrlCheck {
  readonly #http: Pick<OutboundHttp, 'assertUrlAllowed' | 'call'>;

  constructor(http: Pick<OutboundHttp, 'assertUrlAllowed' | 'call'>) {
    this.#http = http;
  }

  /** Throws URL_NOT_ALLOWED or WEBHOOK_CHALLENGE_FAILED naming `path`. */
  async assertGood(url: string, dialect: Dialect, path = 'input.url'): Promise<void> {
    this.#http.assertUrlAllowed(url, path, 'https');
    if (dialect === 'WAGY' && !(await this.#answersChallenge(url))) {
      const { message } = webhookErrors.WEBHOOK_CHALLENGE_FAILED();
      throw webhookErrors.WEBHOOK_CHALLENGE_FAILED({ fields: [{ path, message }] });
    }
  }

  /** Nobody but the owner of the server behind the URL can repeat what was never told before. */
  async #answersChallenge(url: string): Promise<boolean> {
    const challenge = randomBytes(CHALLENGE_BYTES).toString('hex');
    const asked = new URL(url);
    asked.searchParams.set('challenge', challenge);
    const answer = await this.#http.call(asked.href, {
      method: 'GET',
      headers: { accept: 'text/plain' },
      timeoutMs: CHALLENGE_TIMEOUT_MS,
      maxResponseBytes: 1_024,
    });
    return answer.kind === 'ANSWERED' && answer.status === 200 && answer.text.trim() === challenge;
  }
}
