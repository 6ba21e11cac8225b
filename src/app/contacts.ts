import {
  BulkFiles,
  BulkOperationService,
  BulkQueue,
  BulkRunner,
  ContactExport,
  ContactFieldService,
  ContactImport,
  ContactNoteService,
  ContactReader,
  ContactSearch,
  ContactService,
  ContactSettingsService,
  ImportBatch,
  OptOuts,
} from '../modules/contact/index.js';
import type { ContactDirectory } from '../modules/contact/index.js';
import { UnwantedMessages } from '../modules/messaging/index.js';
import { PathSigner } from '../platform/crypto/path-signer.js';
import type { MediaStore } from '../platform/media/media-store.js';
import type { Infrastructure } from './infrastructure.js';
import type { Services } from './services.js';

/** What the API and the doors use of contacts. */
export function createContacts(
  { database, clock, queues, masterKey }: Infrastructure,
  { directory, store }: { readonly directory: ContactDirectory; readonly store: MediaStore },
  publicUrl: () => string,
) {
  const wishes = new UnwantedMessages();
  const optOuts = new OptOuts({ clock, wishes });
  const bulkQueue = new BulkQueue(queues);
  const signer = new PathSigner(masterKey);
  return {
    optOuts,
    bulkQueue,
    contacts: new ContactService({ database, clock, directory, wishes }),
    contactReader: new ContactReader({ database }),
    contactSearch: new ContactSearch({ database }),
    contactFields: new ContactFieldService({ database, clock }),
    contactNotes: new ContactNoteService({ database, clock }),
    contactSettings: new ContactSettingsService({ database, clock, optOuts }),
    bulkOperations: new BulkOperationService({ database, clock, queue: bulkQueue }),
    bulkFiles: new BulkFiles({ database, clock, store, queue: bulkQueue, signer, publicUrl }),
  };
}

/** What a worker does for contacts: imports and exports. */
export function createBulkRunner(
  { database, clock, logger }: Infrastructure,
  { bulkQueue: queue, mediaStore: store }: Services,
): BulkRunner {
  return new BulkRunner({
    database,
    clock,
    logger,
    queue,
    store,
    works: {
      CONTACT_IMPORT: new ContactImport({ database, store, batch: new ImportBatch({ clock }) }),
      CONTACT_EXPORT: new ContactExport({ database, store }),
    },
  });
}
