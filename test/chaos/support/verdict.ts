import type { Simulator } from '../../../src/simulator/index.js';
import type { Machines } from './machines.js';
import type { Tenant } from './tenant.js';
import type { Traffic } from './traffic.js';

/** One promise, and whether it was kept. */
export interface Check {
  readonly promise: string;
  readonly found: string;
  readonly kept: boolean;
  /** A few examples of what is wrong. */
  readonly examples: readonly string[];
}

interface SentRow {
  readonly text: string;
  readonly status: string;
  readonly whatsapp_id: string;
  readonly failure_code: string | null;
}

const PROVEN = ['SENT', 'DELIVERED', 'READ', 'PLAYED'];
const EXAMPLES = 5;

/** Compares what callers were told, what the database says, what reached WhatsApp, and what people saw. */
export async function judge(machines: Machines, tenant: Tenant, traffic: Traffic): Promise<Check[]> {
  const sent = await machines.query<SentRow>(
    `select text, status, whatsapp_id, failure_code from message where direction = 'OUTBOUND' order by id`,
  );
  const received = await machines.query<{ text: string | null; status: string }>(
    `select text, status from message where direction = 'INBOUND'`,
  );
  const left = await machines.query<{ failure: string | null }>(
    `select failure from inbox where due_at is not null or failure is not null`,
  );
  const { simulator } = machines;
  const reused = simulator.ledger.reusedKeys();
  const doubles = simulator.ledger.doubleConnections();
  const unsent = sent.filter(({ status }) => !PROVEN.includes(status));
  return [
    same(
      'each accepted message is one row',
      [...traffic.accepted.values()],
      sent.map(({ text }) => text),
    ),
    check(
      'every message is SENT or further',
      `${sent.length - unsent.length} of ${sent.length}`,
      unsent.map(explain),
    ),
    same(
      'the ids that WhatsApp took are those of the rows',
      simulator.ledger.sent().map(({ id }) => id ?? ''),
      sent.map((row) => row.whatsapp_id),
    ),
    same(
      'each customer saw each message once',
      traffic.customers.flatMap(({ inbox }) => inbox.map(({ text }) => text)),
      [...traffic.accepted.values()],
    ),
    check('in order for each device and recipient', `${sent.length} messages`, disorders(simulator, sent)),
    check(
      'no Signal key was used twice',
      `${reused.length} reused`,
      reused.map(({ messageIds }) => messageIds.join(' ')),
    ),
    check(
      'no device was live twice',
      `${doubles.length} times`,
      doubles.map(({ accountNumber }) => accountNumber),
    ),
    same(
      'each message that customers wrote is stored once',
      traffic.written,
      received.filter(({ status }) => status === 'RECEIVED').map(({ text }) => text ?? ''),
    ),
    check(
      'the inbox is empty',
      `${left.length} rows left`,
      left.map(({ failure }) => failure ?? 'not applied'),
    ),
    await connected(machines, tenant),
  ];
}

/** By their rows, and by what WhatsApp sees of them. */
async function connected({ query }: Machines, tenant: Tenant): Promise<Check> {
  const away = await query<{ status: string }>(`select status from device where status <> 'CONNECTED'`);
  const deaf = tenant.devices.filter(({ phone }) => !phone.devices.some((link) => link.connected));
  const found = `${tenant.devices.length - Math.max(away.length, deaf.length)} of ${tenant.devices.length}`;
  return check('every device is connected again', found, [
    ...away.map(({ status }) => status),
    ...deaf.map(({ id }) => `${id}: no socket`),
  ]);
}

function check(promise: string, found: string, wrong: readonly string[]): Check {
  return { promise, found, kept: wrong.length === 0, examples: wrong.slice(0, EXAMPLES) };
}

/** Two lists hold the same things, each once. */
function same(promise: string, left: readonly string[], right: readonly string[]): Check {
  const [inLeft, inRight] = [new Set(left), new Set(right)];
  const wrong = [
    ...left.filter((each) => !inRight.has(each)).map((each) => `${each}: only in the first`),
    ...right.filter((each) => !inLeft.has(each)).map((each) => `${each}: only in the second`),
    ...repeated(left),
    ...repeated(right),
  ];
  return check(promise, `${left.length} = ${right.length}`, wrong);
}

function repeated(list: readonly string[]): string[] {
  const seen = new Set<string>();
  return list.filter((each) => seen.size === seen.add(each).size).map((each) => `${each}: twice`);
}

function explain({ text, status, failure_code: code }: SentRow): string {
  return `${text}: ${status}${code === null ? '' : ` ${code}`}`;
}

/** Texts are numbered in the order in which the caller handed them in. */
function disorders(simulator: Simulator, rows: readonly SentRow[]): string[] {
  const numberOf = new Map(rows.map(({ whatsapp_id: id, text }) => [id, Number(text.split(' ')[1])]));
  const newest = new Map<string, number>();
  const wrong: string[] = [];
  for (const { accountNumber, to, id } of simulator.ledger.sent()) {
    const lane = `${accountNumber} to ${to ?? ''}`;
    const number = numberOf.get(id ?? '') ?? -1;
    const before = newest.get(lane) ?? -1;
    if (number < before) wrong.push(`${lane}: ${number} after ${before}`);
    newest.set(lane, Math.max(number, before));
  }
  return wrong;
}
