import { asSystem } from '../kernel/system-context.js';
import type { MasterKey } from '../platform/crypto/master-key.js';
import type { Database } from '../platform/database/database.js';

/** The master key is not the one that this database was filled with. */
export class WrongMasterKeyError extends Error {
  constructor() {
    super(
      'MASTER_KEY is not the key that this database was made with; nothing in it could be decrypted. Use the original key.',
    );
    this.name = 'WrongMasterKeyError';
  }
}

/** The first start writes the key's check value down; every later one is held to it. */
export async function checkMasterKey(database: Database, masterKey: MasterKey, now: Date): Promise<void> {
  const stored = await database.write(asSystem('master key check'), async ({ em }) => {
    await em.execute(
      'insert into installation (id, master_key_check, created_at) values (1, ?, ?) on conflict do nothing',
      [masterKey.checkValue(), now],
    );
    const rows = await em.execute<{ master_key_check: string }[]>(
      'select master_key_check from installation',
    );
    return rows[0]?.master_key_check;
  });
  if (stored === undefined || !masterKey.verifyCheckValue(stored)) throw new WrongMasterKeyError();
}
