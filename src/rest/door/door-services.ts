import type {
  PackageService,
  PlanService,
  QuotaReader,
  VoucherService,
} from '../../modules/billing/index.js';
import type {
  DeviceReader,
  DeviceService,
  DeviceTokenService,
  QrLinks,
  QrOffers,
} from '../../modules/device/index.js';
import type {
  Authenticator,
  LoginService,
  SignUpService,
  UserService,
} from '../../modules/identity/index.js';
import type { MessageReader, MessageService } from '../../modules/messaging/index.js';
import type { SubaccountService } from '../../modules/tenancy/index.js';
import type { DeviceWebhookService } from '../../modules/webhook/index.js';

/** What stands behind the doors: the same services as behind GraphQL. */
export interface DoorServices {
  readonly authenticator: Authenticator;
  readonly logins: LoginService;
  readonly signUps: SignUpService;
  readonly users: UserService;
  readonly subaccounts: SubaccountService;
  readonly plans: PlanService;
  readonly packages: PackageService;
  readonly quotas: QuotaReader;
  readonly vouchers: VoucherService;
  readonly devices: DeviceService;
  readonly deviceReader: DeviceReader;
  readonly deviceTokens: DeviceTokenService;
  readonly deviceWebhooks: DeviceWebhookService;
  readonly qrOffers: QrOffers;
  readonly qrLinks: QrLinks;
  readonly messages: MessageService;
  readonly messageReader: MessageReader;
}
