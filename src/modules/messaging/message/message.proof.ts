import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { MovedMessage } from '../messaging.events.js';
import { canMove, MESSAGE_STATUSES } from './message.status.js';
import type { MessageStatus, ProvenStatus } from './message.status.js';
import { recordMove } from './message.transition.js';

/** That WhatsApp showed at this time how far a message had come. */
export interface Proof {
  readonly messageId: string;
  readonly at: Date;
}

interface ProvenRow {
  readonly id: string;
  readonly agency_id: string;
  readonly subaccount_id: string;
  readonly device_id: string;
  readonly conversation_id: string;
  readonly written: boolean;
  readonly quota_pool: MovedMessage['quotaPool'];
  readonly quota_grant_id: string | null;
  readonly kind: MovedMessage['kind'];
  readonly target_id: string | null;
  readonly previous: MessageStatus;
}

/** What a receipt shows of messages that it names as WhatsApp does. */
export interface ReceiptProof {
  readonly whatsappId: string;
  readonly at: Date;
}

type Statements = Readonly<Record<ProvenStatus, PreparedStatement<ProvenRow>>>;

const PROVE = proveStatements('prove', 'unnest($1::uuid[], $2::timestamptz[]) as p (id, at)');
const PROVE_RECEIPTS = proveStatements(
  'prove_receipts',
  `(select k.message_id as id, r.at from unnest($1::text[], $2::timestamptz[]) as r (whatsapp_id, at)
    join message_key k on k.device_id = $3 and k.direction = 'OUTBOUND' and k.whatsapp_id = r.whatsapp_id) as p`,
);

/** A proven step also stands for the steps below it. */
function proveStatements(name: string, source: string): Statements {
  return {
    SENT: proveStatement(name, source, 'SENT', ['sent_at']),
    DELIVERED: proveStatement(name, source, 'DELIVERED', ['sent_at', 'delivered_at']),
    READ: proveStatement(name, source, 'READ', ['sent_at', 'delivered_at', 'read_at']),
    PLAYED: proveStatement(name, source, 'PLAYED', ['sent_at', 'delivered_at', 'read_at', 'played_at']),
  };
}

/** Locks in one order, so that two receipts for the same messages cannot block each other. */
function proveStatement(
  name: string,
  source: string,
  status: ProvenStatus,
  times: readonly string[],
): PreparedStatement<ProvenRow> {
  const from = MESSAGE_STATUSES.filter((each) => canMove(each, status)).map((each) => `'${each}'`);
  const raised = `l.status in (${from.join(', ')})`;
  return new PreparedStatement(
    `${name}_${status.toLowerCase()}`,
    `with proof as (
       select id, min(at) as at from ${source} group by id
     ), locked as (
       select m.id, m.status, proof.at from message m join proof on proof.id = m.id
       order by m.id for update of m
     )
     update message m set
       status = case when ${raised} then '${status}' else m.status end,
       due_at = case when ${raised} then null else m.due_at end,
       outcome_unknown = m.outcome_unknown and not ${raised},
       failure_code = case when ${raised} then null else m.failure_code end,
       failure_detail = case when ${raised} then null else m.failure_detail end,
       ${times.map((column) => `${column} = least(m.${column}, l.at)`).join(', ')}
     from locked l where m.id = l.id
     returning m.id, m.agency_id, m.subaccount_id, m.device_id, m.conversation_id, m.written, m.quota_pool, m.quota_grant_id,
               m.kind, m.target_id, l.status as previous`,
  );
}

/** Raises messages to a proven status, and fills in or corrects the times. */
export async function prove(tx: Transaction, status: ProvenStatus, proofs: readonly Proof[]): Promise<void> {
  if (proofs.length === 0) return;
  const values = [proofs.map(({ messageId }) => messageId), proofs.map(({ at }) => at)];
  await recordProven(tx, status, await PROVE[status].run(tx.em, values));
}

/** As {@link prove}, of what a device sent. What it did not send is passed over. */
export async function proveReceipts(
  tx: Transaction,
  deviceId: string,
  status: ProvenStatus,
  proofs: readonly ReceiptProof[],
): Promise<void> {
  if (proofs.length === 0) return;
  const values = [proofs.map(({ whatsappId }) => whatsappId), proofs.map(({ at }) => at), deviceId];
  await recordProven(tx, status, await PROVE_RECEIPTS[status].run(tx.em, values));
}

async function recordProven(
  tx: Transaction,
  status: ProvenStatus,
  rows: readonly ProvenRow[],
): Promise<void> {
  for (const row of rows) {
    if (canMove(row.previous, status)) await recordMove(tx, movedMessage(row, status), row.previous);
  }
}

function movedMessage(row: ProvenRow, status: ProvenStatus) {
  return {
    id: row.id,
    agencyId: row.agency_id,
    subaccountId: row.subaccount_id,
    deviceId: row.device_id,
    conversationId: row.conversation_id,
    written: row.written,
    quotaPool: row.quota_pool,
    quotaGrantId: row.quota_grant_id,
    kind: row.kind,
    targetId: row.target_id,
    status,
  };
}
