const wills = new Set<() => void>();

process.on('exit', () => {
  // What was begun last ends first.
  for (const will of [...wills].toReversed()) will();
});
// Without a handler these would end the process and tell nobody.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

/** Does something when this process ends in whatever way it can still notice. Returns how to take that back. */
export function beforeMyEnd(act: () => void): () => void {
  const will = (): void => {
    try {
      act();
    } catch {
      // Somebody else was faster.
    }
  };
  wills.add(will);
  return () => wills.delete(will);
}

/** Ends another process when this one ends. Returns how to take that back. */
export function endWithMe(pid: number | undefined, signal: NodeJS.Signals): () => void {
  return beforeMyEnd(() => {
    if (pid !== undefined) process.kill(pid, signal);
  });
}
