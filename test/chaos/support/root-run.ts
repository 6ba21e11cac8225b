import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endWithMe } from './last-will.js';
import { SlowLink } from './slow-link.js';

/**
 * Makes the bad cable and runs this program again on the side of the machines, with the same options and a word about the network: a
 * process cannot change its network namespace. Resolves with whether every promise was kept.
 */
export async function runBehindSlowLink(
  given: readonly string[],
  say: (line: string) => void,
): Promise<boolean> {
  using link = new SlowLink();
  say(
    link.hasNetem
      ? 'netem delays each packet by 100 ms in each direction and loses one in twenty'
      : 'this kernel is built without netem (CONFIG_NET_SCH_NETEM): instead the cable is narrow (tbf, 512 kbit/s) and drops what would wait for more than 200 ms',
  );
  const { execPath, execArgv, argv } = process;
  const [file, ...enter] = link.enterMachines;
  const args = [
    ...enter,
    execPath,
    ...execArgv,
    ...argv.slice(1, 2),
    ...given,
    '--behind',
    JSON.stringify(link.network),
  ];
  const child = spawn(file, args, { stdio: 'inherit' });
  const takeBack = endWithMe(child.pid, 'SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  takeBack();
  return code === 0;
}
