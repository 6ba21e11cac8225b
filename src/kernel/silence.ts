/**
 * libsignal prints whole session records, private keys included, through `console.info` and `console.warn`
 * ("Closing session:"), and decrypt failures through `console.error`. Nothing of ours logs through the console, so all are switched off
 * before it loads.
 */
export function silenceConsoleInfo(): void {
  Object.assign(console, { info: () => undefined, warn: () => undefined, error: () => undefined });
}
