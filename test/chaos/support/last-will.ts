const wills = new Set<() => void>();

process.on('exit', () => {
  for (const will of wills) will();
});
// Without a handler these would end the process and tell nobody.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

/** Ends another process when this one ends in whatever way it can still notice. Returns how to take that back. */
export function endWithMe(pid: number | undefined, signal: NodeJS.Signals): () => void {
  const will = (): void => {
    try {
      if (pid !== undefined) process.kill(pid, signal);
    } catch {
      // It has ended before us.
    }
  };
  wills.add(will);
  return () => wills.delete(will);
}
