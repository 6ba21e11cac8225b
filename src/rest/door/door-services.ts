import type {
  DeviceReader,
  DeviceService,
  DeviceTokenService,
  QrLinks,
  QrOffers,
} from '../../modules/device/index.js';
import type { Authenticator } from '../../modules/identity/index.js';
import type { MessageReader, MessageService } from '../../modules/messaging/index.js';

/** What stands behind the doors: the same services as behind GraphQL. */
export interface DoorServices {
  readonly authenticator: Authenticator;
  readonly devices: DeviceService;
  readonly deviceReader: DeviceReader;
  readonly deviceTokens: DeviceTokenService;
  readonly qrOffers: QrOffers;
  readonly qrLinks: QrLinks;
  readonly messages: MessageService;
  readonly messageReader: MessageReader;
}
