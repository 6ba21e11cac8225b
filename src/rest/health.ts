import type { FastifyInstance } from 'fastify';

/** Throws, or rejects, with what is wrong. */
export type ReadinessCheck = () => void | Promise<void>;

const CHECK_TIMEOUT_MS = 2_000;

interface CheckResult {
  readonly status: 'ok' | 'failed';
  readonly durationMs: number;
  readonly problem?: string;
}

/**
 * What machines ask about this process. Live: it answers, so do not restart it. Ready: all that it needs answers too, so send it work.
 * Both are open to everybody and tell no secrets.
 */
export class Health {
  readonly #checks: Readonly<Record<string, ReadinessCheck>>;
  #isDraining = false;

  constructor(checks: Readonly<Record<string, ReadinessCheck>>) {
    this.#checks = checks;
  }

  /** From now on it is alive, but not ready. */
  drain(): void {
    this.#isDraining = true;
  }

  register(app: FastifyInstance): void {
    app.get('/health/live', async (_request, reply) =>
      reply.header('cache-control', 'no-store').send({ status: 'ok' }),
    );
    app.get('/health/ready', async (_request, reply) => {
      const checks = await this.#run();
      const isReady = !this.#isDraining && Object.values(checks).every(({ status }) => status === 'ok');
      const status = this.#isDraining ? 'stopping' : isReady ? 'ok' : 'failed';
      return reply
        .code(isReady ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ status, checks });
    });
  }

  async #run(): Promise<Record<string, CheckResult>> {
    const results = Object.entries(this.#checks).map(
      async ([name, check]): Promise<[string, CheckResult]> => [name, await runCheck(check)],
    );
    return Object.fromEntries(await Promise.all(results));
  }
}

async function runCheck(check: ReadinessCheck): Promise<CheckResult> {
  const startedMs = performance.now();
  const took = (): number => Math.round(performance.now() - startedMs);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([Promise.resolve().then(check), timeout]);
    return { status: 'ok', durationMs: took() };
  } catch (error) {
    const problem = error instanceof Error ? error.message : 'failed';
    return { status: 'failed', durationMs: took(), problem };
  } finally {
    clearTimeout(timer);
  }
}
