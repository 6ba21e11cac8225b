import type { Readable } from 'node:stream';
import { request } from 'undici';
import type { Dispatcher } from 'undici';

export interface CallOptions {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For everything together: resolving, connecting, waiting and reading. */
  readonly timeoutMs: number;
  /** How much of the answer is read. */
  readonly maxResponseBytes: number;
  readonly signal?: AbortSignal;
}

/** How a call ended. A blocked address looks like a dead one: the difference would map the inner network. */
export type CallOutcome =
  | {
      readonly kind: 'ANSWERED';
      readonly status: number;
      readonly retryAfter: string | null;
      /** What was read of the body. */
      readonly text: string;
    }
  | { readonly kind: 'TIMED_OUT' | 'UNREACHABLE' | 'TLS_FAILED' };

/** One request, one answer: redirects are answers like others. */
export async function callServer(
  dispatcher: Dispatcher,
  url: URL,
  options: CallOptions,
): Promise<CallOutcome> {
  const { method, headers, body = null, timeoutMs } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
  try {
    const answer = await request(url, {
      dispatcher,
      method,
      body,
      headers: { 'accept-encoding': 'identity', 'user-agent': 'Trunkline', ...headers },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      signal,
    });
    const retryAfter = answer.headers['retry-after'];
    return {
      kind: 'ANSWERED',
      status: answer.statusCode,
      retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
      text: await readStart(answer.body, options.maxResponseBytes),
    };
  } catch (error) {
    options.signal?.throwIfAborted();
    return { kind: deadline.aborted ? 'TIMED_OUT' : failureOf(error) };
  }
}

/** The rest is not waited for. Destroying a body that nobody listens to would be an uncaught error. */
async function readStart(body: Readable, maxBytes: number): Promise<string> {
  body.on('error', () => undefined);
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes >= maxBytes) break;
    }
  } finally {
    body.destroy();
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
}

/** Only addresses that may be called get as far as TLS, so telling of its failure reveals nothing. */
function failureOf(error: unknown): 'TIMED_OUT' | 'UNREACHABLE' | 'TLS_FAILED' {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/_TIMEOUT$|^ETIMEDOUT$/.test(code)) return 'TIMED_OUT';
  return /TLS|SSL|CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)/.test(code) ? 'TLS_FAILED' : 'UNREACHABLE';
}
