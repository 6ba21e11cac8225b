import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** From "at once" to "waited for its cap". */
const ACK_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200];

/**
 * What one process tells about itself. Labels come from closed lists of ours (states, outcomes, reasons): nothing in them names a tenant,
 * a device or a person.
 */
export class ProcessMetrics {
  readonly #registry = new Registry();
  readonly #looks: (() => Promise<void>)[] = [];
  readonly connects = this.#counter('whatsapp_connects_total', 'WhatsApp sessions that were opened');
  readonly logins = this.#counter('whatsapp_logins_total', 'WhatsApp sessions that logged in');
  readonly closes = this.#counter('whatsapp_closes_total', 'WhatsApp sessions that ended', ['reason']);
  readonly quarantines = this.#counter(
    'unreadable_quarantines_total',
    'Times that somebody sent several messages in a row that could not be read',
  );
  readonly sends = this.#counter('sends_total', 'Tries to send a message, by how they ended', ['outcome']);
  readonly acceptToAck = new Histogram({
    name: 'trunkline_accept_to_ack_seconds',
    help: "From the time when a message was accepted, or scheduled for, to WhatsApp's ack",
    buckets: ACK_SECONDS,
    registers: [this.#registry],
  });
  readonly inboundStored = this.#counter('inbound_stored_total', 'Received messages that were stored');
  readonly leasesLost = this.#counter('leases_lost_total', 'Shards that this process lost against its will');
  readonly subscriptions = new Gauge({
    name: 'trunkline_subscriptions',
    help: 'Subscriptions that follow the event log',
    registers: [this.#registry],
  });
  readonly #failures = this.#counter('metric_failures_total', 'Looks that failed', ['metric']);

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** A figure that is looked up when somebody asks. While it cannot be had it is left out, and that is counted. */
  observe<L extends string>(
    about: { readonly name: string; readonly help: string; readonly labels: readonly L[] },
    read: () => Promise<readonly (readonly [labels: Record<L, string>, value: number])[]>,
  ): void {
    const gauge = new Gauge({
      name: `trunkline_${about.name}`,
      help: about.help,
      labelNames: about.labels,
      registers: [this.#registry],
    });
    this.#looks.push(async () => {
      const samples = await read().catch(() => {
        this.#failures.inc({ metric: about.name });
        return [];
      });
      gauge.reset();
      for (const [labels, value] of samples) gauge.set(labels, value);
    });
  }

  /** All of them as text, in the format of Prometheus. */
  async scrape(): Promise<string> {
    await Promise.all(this.#looks.map((look) => look()));
    return this.#registry.metrics();
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name: `trunkline_${name}`, help, labelNames, registers: [this.#registry] });
  }
}
