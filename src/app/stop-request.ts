const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Aborted when the process is asked to stop. Listen before anything is started: what stops in the middle of a start must be stopped, too.
 * Later signals are ignored, because one Ctrl-C arrives several times: from the terminal, and from each npm or npx in between.
 */
export function listenForStop(): AbortSignal {
  const asked = new AbortController();
  for (const signal of STOP_SIGNALS) process.on(signal, () => asked.abort());
  // Nobody reads any more (`… | head`); unheard, the error would end the process and leave what it started behind.
  process.stdout.on('error', () => asked.abort());
  return asked.signal;
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
