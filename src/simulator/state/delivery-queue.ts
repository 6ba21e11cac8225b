import { child, children, node, type Node } from '../wire/node.js';

/**
 * Stanzas that a device has not acknowledged. They stay here over disconnects and are written again, marked
 * `offline`, after the next login: what a client did not answer for, it gets once more.
 */
export class DeliveryQueue {
  readonly #waiting = new Map<string, Node>();

  get size(): number {
    return this.#waiting.size;
  }

  add(stanza: Node): void {
    this.#waiting.set(keyOf(stanza.tag, stanza.attrs['id'] ?? ''), stanza);
  }

  /** An `<ack class>`, or a `<receipt>` which stands for the ack of the messages it names. */
  settle(answer: Node): void {
    if (answer.tag === 'ack') {
      const key = keyOf(answer.attrs['class'] ?? '', answer.attrs['id'] ?? '');
      // A retry request is followed by a refusal of the first copy, which must not take off the resend.
      const isResend = child(this.#waiting.get(key), 'enc')?.attrs['count'] !== undefined;
      if (answer.attrs['error'] === undefined || !isResend) this.#waiting.delete(key);
      return;
    }
    const items = children(children(answer, 'list')[0], 'item').map((item) => item.attrs['id']);
    for (const id of [answer.attrs['id'], ...items]) this.#waiting.delete(keyOf('message', id ?? ''));
  }

  countOf(tag: string): number {
    return [...this.#waiting.values()].filter((stanza) => stanza.tag === tag).length;
  }

  /** Copies for catch-up after a login, numbered in the order in which they came. */
  offlineCopies(): Node[] {
    return [...this.#waiting.values()].map((stanza, index) =>
      node(stanza.tag, { ...stanza.attrs, offline: String(index) }, stanza.content),
    );
  }

  clear(): void {
    this.#waiting.clear();
  }
}

function keyOf(tag: string, id: string): string {
  return `${tag} ${id}`;
}
