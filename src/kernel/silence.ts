/**
 * libsignal prints whole session records, private keys included, through `console.info` and `console.warn`
 * ("Closing session:"). Nothing of ours uses the console for logging, so both are switched off before it loads.
 */
export function silenceConsoleInfo(): void {
  Object.assign(console, { info: () => undefined, warn: () => undefined });
}
