import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { messageUpdated } from '../messaging.events.js';
import type { MessageChange, MovedMessage } from '../messaging.events.js';

const EDIT = new PreparedStatement(
  'take_edit_effect',
  `update message t set text = e.text, edited_at = e.sent_at from message e
   where e.id = $1 and t.id = $2 and t.deleted_at is null and (t.edited_at is null or t.edited_at <= e.sent_at)`,
);

/** Nothing of it stays: not its text, not what it was changed to. Its file is removed by the sweep, which finds it due. */
const DELETION = new PreparedStatement(
  'take_deletion_effect',
  `with deletion as (
     select sent_at from message where id = $1
   ), erased as (
     update message t set text = null, content = null, quoted_text = null, deleted_at = deletion.sent_at
     from deletion where t.id = $2 and t.deleted_at is null
   ), forgotten as (
     update message e set text = null, content = null where e.target_id = $2 and e.kind = 'EDIT'
   )
   update message_media set state = 'FAILED', failure = 'DELETED', due_at = deletion.sent_at
   from deletion where message_id = $2`,
);

/** WhatsApp has a message now: what it does to an earlier one happens here as well, in the same transaction. */
export async function takeEffect(tx: Transaction, action: MovedMessage): Promise<void> {
  const { targetId } = action;
  if (targetId == null) return;
  const told = (change: MessageChange): void =>
    tx.append(messageUpdated({ ...action, id: targetId }, change));
  switch (action.kind) {
    case 'REACTION':
      told('REACTED');
      break;
    case 'EDIT':
      await tx.em.flush();
      await EDIT.run(tx.em, [action.id, targetId]);
      told('EDITED');
      break;
    case 'DELETION':
      await tx.em.flush();
      await DELETION.run(tx.em, [action.id, targetId]);
      told('DELETED');
      break;
    default:
  }
}
