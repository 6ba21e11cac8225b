import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, PhoneNumber } from '../../../graphql/kit/scalars.js';
import type { Device } from '../device.entity.js';
import { DeviceType } from '../device.types.js';
import type { PairingMethod, PairingState } from './pairing.entity.js';
import type { PairingView } from './pairing.view.js';
import { qrImage } from './qr-image.js';

const PairingMethodEnum: Readonly<Record<PairingMethod, PairingMethod>> = {
  QR: 'QR',
  PHONE_CODE: 'PHONE_CODE',
};
registerEnumType(PairingMethodEnum, {
  name: 'PairingMethod',
  description: 'How the phone confirms a pairing, in WhatsApp under Linked devices.',
  valuesConfig: {
    QR: { description: 'It scans a QR code.' },
    PHONE_CODE: { description: 'Its owner types a code of eight characters.' },
  },
});

const PairingStateEnum: Readonly<Record<PairingState, PairingState>> = {
  STARTING: 'STARTING',
  WAITING_FOR_SCAN: 'WAITING_FOR_SCAN',
  SUCCEEDED: 'SUCCEEDED',
  EXPIRED: 'EXPIRED',
  FAILED: 'FAILED',
  CANCELED: 'CANCELED',
};
registerEnumType(PairingStateEnum, {
  name: 'PairingState',
  description: 'How far a pairing is. The last four are final.',
  valuesConfig: {
    STARTING: { description: 'Connecting to WhatsApp.' },
    WAITING_FOR_SCAN: { description: 'There is a QR code to scan, or a code to type.' },
    SUCCEEDED: { description: 'The number is linked; the device connects by itself.' },
    EXPIRED: { description: 'Nobody confirmed in time.' },
    FAILED: { description: 'It came to nothing; `failure` says why.' },
    CANCELED: { description: 'Somebody canceled it.' },
  },
});

@ObjectType('Pairing', { description: 'The latest attempt to link a number with a device.' })
export class PairingType {
  readonly #view: PairingView;
  readonly #mayPair: boolean;

  /** `mayPair`: whoever may not pair does not get to see what there is to scan or type. */
  constructor(view: PairingView, mayPair: boolean) {
    this.#view = view;
    this.#mayPair = mayPair;
  }

  @Field(() => PairingMethodEnum, { description: 'How the phone confirms.' })
  get method(): PairingMethod {
    return this.#view.method;
  }

  @Field(() => PairingStateEnum, { description: 'How far it is.' })
  get state(): PairingState {
    return this.#view.state;
  }

  @Field(() => String, { nullable: true, description: 'The text of the QR code, while it can be scanned.' })
  get qr(): string | null {
    return this.#mayPair ? this.#view.qr : null;
  }

  @Field(() => String, {
    nullable: true,
    description: 'The QR code as the data URL of a PNG, while it can be scanned.',
  })
  get qrImage(): Promise<string> | null {
    return this.qr === null ? null : qrImage(this.qr);
  }

  @Field(() => String, { nullable: true, description: 'The code to type, while it can be typed.' })
  get code(): string | null {
    return this.#mayPair ? this.#view.code : null;
  }

  @Field(() => DateTime, { nullable: true, description: 'Until when the QR code or code can be used.' })
  get expiresAt(): Date | null {
    return this.#view.expiresAt;
  }

  @Field(() => Int, { description: 'How many QR codes or codes there were.' })
  get attempt(): number {
    return this.#view.attempt;
  }

  @Field(() => String, {
    nullable: true,
    description: 'Why it failed, such as NUMBER_IN_USE or NOT_A_BUSINESS_ACCOUNT.',
  })
  get failure(): string | null {
    return this.#view.failure;
  }
}

@InputType('PairDeviceInput', { description: 'Which device to pair, and how.' })
export class PairDeviceInput {
  @Field(() => ID, { description: 'The device.' })
  deviceId!: string;

  @Field(() => PairingMethodEnum, {
    nullable: true,
    defaultValue: 'QR',
    description: 'How the phone confirms.',
  })
  method?: PairingMethod | null;

  @Field(() => PhoneNumber, { nullable: true, description: 'The number to pair; required for PHONE_CODE.' })
  phoneNumber?: string | null;
}

@ObjectType('PairDevicePayload', { description: 'What pairDevice answers.' })
export class PairDevicePayload {
  @Field(() => DeviceType, { description: 'The device.' })
  readonly device: DeviceType;

  @Field(() => PairingType, { description: 'The pairing; `devicePairing` says how it goes on.' })
  readonly pairing: PairingType;

  constructor({ device, pairing }: { device: Device; pairing: PairingView }) {
    this.device = new DeviceType(device);
    this.pairing = new PairingType(pairing, true);
  }
}
