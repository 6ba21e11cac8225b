import { Client } from 'pg';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

type Send = (this: Client, ...args: unknown[]) => unknown;

/** Hears what is sent to PostgreSQL, from whatever layer, on connections that are made after it. */
export class StatementRecorder {
  readonly #original = Client.prototype.query;
  #heard: Statement[] | null = null;

  constructor() {
    const send = this.#original as Send;
    const hear = (args: unknown[]): void => {
      this.#heard?.push(toStatement(args));
    };
    const heardSend: Send = function (...args) {
      hear(args);
      return send.apply(this, args);
    };
    Client.prototype.query = heardSend as typeof Client.prototype.query;
  }

  async during(work: () => Promise<unknown>): Promise<readonly Statement[]> {
    const heard: Statement[] = [];
    this.#heard = heard;
    try {
      await work();
      return heard;
    } finally {
      this.#heard = null;
    }
  }

  stop(): void {
    Client.prototype.query = this.#original;
  }
}

function toStatement([config, values]: unknown[]): Statement {
  if (typeof config === 'string') return { text: config, values: Array.isArray(values) ? values : [] };
  const { text, values: own } = config as { text: string; values?: unknown[] };
  return { text, values: own ?? (Array.isArray(values) ? values : []) };
}
