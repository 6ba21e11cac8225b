/** The API calls of the demo, as a dashboard would write them. */
export const CREATE_AGENCY = `
  mutation CreateAgency($input: CreateAgencyInput!) { createAgency(input: $input) { agency { id name } owner { id } } }`;

export const LOG_IN = `mutation LogIn($input: LogInInput!) { logIn(input: $input) { sessionToken } }`;

export const CREATE_SUBACCOUNT = `
  mutation CreateSubaccount($input: CreateSubaccountInput!) { createSubaccount(input: $input) { subaccount { id name } } }`;

export const CREATE_API_KEY = `
  mutation CreateApiKey($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }`;

export const CREATE_DEVICE = `
  mutation CreateDevice($input: CreateDeviceInput!) { createDevice(input: $input) { device { id label } token } }`;

export const PAIR_DEVICE = `
  mutation PairDevice($input: PairDeviceInput!) { pairDevice(input: $input) { pairing { state } } }`;

export const SEND_MESSAGE = `
  mutation SendMessage($input: SendMessageInput!) { sendMessage(input: $input) { message { id status } } }`;

export const DEVICE = `query Device($id: ID!) { device(id: $id) { id status } }`;

export const CONVERSATION = `
  query Conversation($id: ID!) {
    conversation(id: $id) { id contact { name phoneNumber } messages(first: 10) { nodes { direction text status } } }
  }`;

export const DEVICE_PAIRING = `
  subscription DevicePairing($deviceId: ID!) { devicePairing(deviceId: $deviceId) { state qr attempt expiresAt failure } }`;

export const DEVICE_STATUS_CHANGED = `
  subscription DeviceStatusChanged($subaccountId: ID!) {
    deviceStatusChanged(subaccountId: $subaccountId) { device { id label phoneNumber } previous status }
  }`;

export const MESSAGE_STATUS_CHANGED = `
  subscription MessageStatusChanged($subaccountId: ID!) {
    messageStatusChanged(subaccountId: $subaccountId) { message { id failure { code } } previous status }
  }`;

export const MESSAGE_RECEIVED = `
  subscription MessageReceived($subaccountId: ID!) {
    messageReceived(subaccountId: $subaccountId) { message { id text conversation { id contact { name } } } }
  }`;

export interface PairingEvent {
  readonly devicePairing: {
    readonly state: string;
    readonly qr: string | null;
    readonly attempt: number;
    readonly failure: string | null;
  };
}

export interface DeviceStatusEvent {
  readonly deviceStatusChanged: {
    readonly device: { readonly id: string; readonly label: string; readonly phoneNumber: string | null };
    readonly previous: string;
    readonly status: string;
  };
}

export interface MessageStatusEvent {
  readonly messageStatusChanged: {
    readonly message: { readonly id: string; readonly failure: { readonly code: string } | null };
    readonly previous: string;
    readonly status: string;
  };
}

export interface MessageReceivedEvent {
  readonly messageReceived: {
    readonly message: {
      readonly id: string;
      readonly text: string | null;
      readonly conversation: {
        readonly id: string;
        readonly contact: { readonly name: string | null } | null;
      };
    };
  };
}
