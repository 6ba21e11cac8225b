import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';

interface Options {
  readonly port: number;
  readonly controlPort: number;
  readonly host: string;
  readonly seed: string;
  readonly phones: number;
  readonly business: number;
  readonly reply?: string;
  readonly echo: boolean;
  readonly deliveredAfter: number;
  readonly readAfter: number;
  readonly prekeys: boolean;
  readonly ca?: string;
}

const program = new Command()
  .name('simulator')
  .description('A WhatsApp of your own on loopback, for unmodified Baileys clients.')
  .option('--port <port>', 'port of the WhatsApp websocket', port, 8080)
  .option('--control-port <port>', 'port of the HTTP control API', port, 8081)
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--seed <text>', 'same seed, same accounts', 'trunkline')
  .option('--phones <n>', 'personal accounts to begin with', wholeNumber, 3)
  .option('--business <n>', 'business accounts to begin with', wholeNumber, 1)
  .option('--echo', 'phones answer with what they got', false)
  .option('--reply <text>', 'phones answer with this text')
  .option('--delivered-after <ms>', 'delay of delivery receipts', wholeNumber, 300)
  .option('--read-after <ms>', 'delay of read receipts', wholeNumber, 700)
  .option('--prekeys', 'let clients upload all their pre-keys, as in real life', false)
  .option('--ca <file>', 'where to write the CA certificate of the media server (default: a temporary file)')
  .action(run);

// libsignal prints whole sessions, private keys included, through the console; it must not get to a terminal.
console.info = () => undefined;
console.warn = () => undefined;
await program.parseAsync();

async function run(options: Options): Promise<void> {
  const { Simulator } = await import('./simulator.js');
  const { ControlServer } = await import('./control/control-server.js');
  const receipts = { deliveredAfterMs: options.deliveredAfter, readAfterMs: options.readAfter };
  const { port: webSocketPort, host, seed } = options;
  const simulator = await Simulator.start({
    port: webSocketPort,
    host,
    seed,
    receipts,
    cheapPrekeys: !options.prekeys,
  });
  const control = await ControlServer.start(simulator, { port: options.controlPort, host });
  const replies = repliesOf(options);
  for (let i = 0; i < options.phones + options.business; i++) {
    const business = i >= options.phones;
    simulator.createPhone({ business, ...(business && { verifiedName: `Shop ${String(i)}` }), ...replies });
  }
  const folder = options.ca === undefined ? mkdtempSync(join(tmpdir(), 'loopback-whatsapp-')) : undefined;
  const caFile = options.ca ?? join(folder ?? '', 'ca.pem');
  writeFileSync(caFile, simulator.caCertificatePem);
  process.stdout.write(instructions(simulator, control.url, caFile));
  const stop = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    void Promise.all([simulator.close(), control.close()]).then(() => process.exit(0));
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
}

function repliesOf({ echo, reply }: Options): {
  replies?: { echo?: boolean; text?: string; typingMs: number };
} {
  if (reply !== undefined) return { replies: { text: reply, typingMs: 800 } };
  return echo ? { replies: { echo, typingMs: 800 } } : {};
}

interface Started {
  readonly url: string;
  readonly mediaHttpUrl: string;
  readonly phones: readonly { number: string; business: boolean }[];
}

function instructions({ url, mediaHttpUrl, phones }: Started, controlUrl: string, caFile: string): string {
  const accounts = phones.map(({ number, business }) => `    ${number}${business ? '  (business)' : ''}`);
  return `The loopback WhatsApp is running. Stop it with Ctrl+C.

  Client       makeWASocket({ waWebSocketUrl: '${url}', auth })
  Attachments  NODE_EXTRA_CA_CERTS=${caFile}   (plain http: ${mediaHttpUrl})
  Control API  ${controlUrl}/   lists everything it can do

  Pair a client: give the text of its QR code to a phone.
    curl ${controlUrl}/qr -H 'content-type: application/json' -d '{"qr":"…"}'

  Accounts
${accounts.join('\n')}
`;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a whole number is needed');
  return value;
}

function port(text: string): number {
  const value = wholeNumber(text);
  if (value > 65_535) throw new InvalidArgumentError('ports end at 65535');
  return value;
}
