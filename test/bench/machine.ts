import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts CPU time in ticks of 1/100 s, whatever the machine. */
const TICK_MS = 10;

/** CPU time so far of processes and all that descend from them, in milliseconds. Linux only. */
export function cpuMs(pids: readonly number[]): number {
  const all = processes();
  const wanted = new Set(pids);
  for (let grew = true; grew;) {
    const children = all.filter(({ pid, parent }) => !wanted.has(pid) && wanted.has(parent));
    for (const { pid } of children) wanted.add(pid);
    grew = children.length > 0;
  }
  return all.filter(({ pid }) => wanted.has(pid)).reduce((sum, { ticks }) => sum + ticks * TICK_MS, 0);
}

/** Memory of one process that is in use and not shared with its image on disk, in MiB. */
export function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1_024;
}

function processes(): { pid: number; parent: number; ticks: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The name of the program may hold anything but ends with the last bracket.
        const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ')
          .map(Number);
        const [parent = 0, user = 0, system = 0, childUser = 0, childSystem = 0] = [1, 11, 12, 13, 14].map(
          (index) => fields[index],
        );
        return [{ pid: Number(name), parent, ticks: user + system + childUser + childSystem }];
      } catch {
        // It has just ended.
        return [];
      }
    });
}
