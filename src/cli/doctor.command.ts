import { mkdir, statfs } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import process from 'node:process';
import { accessDatabase, type DatabaseAccess } from '../app/database-access.js';

import { loadConfig, type Config } from '../config/config.js';
import { VERSION } from '../kernel/version.js';
import { inspectDatabase } from '../platform/database/inspect.js';
import { listPendingMigrations } from '../platform/database/migrator.js';
import { inspectRedis } from '../platform/queue/inspect-redis.js';
import { CliError } from './report.js';

const MIN_FREE_BYTES = 1024 ** 3;
const MAX_CLOCK_SKEW_MS = 2_000;
const REACH_TIMEOUT_MS = 5_000;

/** One line of the report; `problem` says what to do. */
interface Finding {
  readonly subject: string;
  readonly fact: string;
  readonly problem?: string;
}

/** `trunkline doctor`: looks at everything that the server will need, changes nothing, and fails when something is wrong. */
export async function runDoctor(): Promise<void> {
  const config = loadConfig(process.env);
  const findings: Finding[] = [
    { subject: 'versions', fact: `Trunkline ${VERSION}, Node ${process.versions.node}` },
  ];
  findings.push(await check('disk', () => checkDisk(config)));
  findings.push(...(await checkDatabase(config)));
  findings.push(await check('redis', () => checkRedis(config)));
  findings.push(await check('whatsapp', () => checkWhatsApp(config)));
  for (const { subject, fact, problem } of findings) {
    const mark = problem === undefined ? '✓' : '✗';
    process.stdout.write(
      `${mark} ${subject.padEnd(11)} ${fact}${problem === undefined ? '' : `\n  → ${problem}`}\n`,
    );
  }
  const problems = findings.filter(({ problem }) => problem !== undefined);
  if (problems.length > 0) throw new CliError(`${problems.length} of ${findings.length} checks failed.`);
}

/** A check that throws is a finding, too. */
async function check(subject: string, run: () => Promise<Omit<Finding, 'subject'>>): Promise<Finding> {
  try {
    return { subject, ...(await run()) };
  } catch (error) {
    return {
      subject,
      fact: 'not reachable',
      problem: error instanceof Error ? error.message : String(error),
    };
  }
}

async function checkDisk(config: Config): Promise<Omit<Finding, 'subject'>> {
  await mkdir(config.dataDir, { recursive: true });
  const { bavail, bsize } = await statfs(config.dataDir);
  const free = bavail * bsize;
  const fact = `${(free / 1024 ** 3).toFixed(1)} GiB free for ${config.dataDir}`;
  return free < MIN_FREE_BYTES
    ? { fact, problem: 'free at least 1 GiB: a full disk stops all sending' }
    : { fact };
}

async function checkDatabase(config: Config): Promise<Finding[]> {
  let access: DatabaseAccess | null = null;
  try {
    access = await accessDatabase(config, { attach: true });
    const { app } = access;
    const facts = await inspectDatabase(app);
    const pending = await listPendingMigrations(app);
    const skewMs = Math.abs(facts.now.getTime() - Date.now());
    return [
      {
        subject: 'database',
        fact: `PostgreSQL ${facts.version} as ${app.user}, ${config.database === null ? 'embedded' : app.host}`,
      },
      pending.length === 0
        ? { subject: 'migrations', fact: 'up to date' }
        : { subject: 'migrations', fact: `${pending.length} pending`, problem: 'run: npx trunkline migrate' },
      skewMs <= MAX_CLOCK_SKEW_MS
        ? { subject: 'clock', fact: `${skewMs} ms from the database's` }
        : {
            subject: 'clock',
            fact: `${skewMs} ms from the database's`,
            problem: 'synchronise the clocks (NTP)',
          },
    ];
  } catch (error) {
    return [
      {
        subject: 'database',
        fact: 'not reachable',
        problem: error instanceof Error ? error.message : String(error),
      },
    ];
  } finally {
    await access?.stop();
  }
}

async function checkRedis(config: Config): Promise<Omit<Finding, 'subject'>> {
  if (config.redisUrl === null) return { fact: 'not configured: queues and hints run on PostgreSQL' };
  return { fact: `Redis ${await inspectRedis(config.redisUrl)}` };
}

async function checkWhatsApp(config: Config): Promise<Omit<Finding, 'subject'>> {
  const url = new URL(config.whatsapp.websocketUrl);
  const port = Number(url.port || (url.protocol === 'wss:' ? 443 : 80));
  const startedAt = performance.now();
  await new Promise<void>((resolve, reject) => {
    const socket = connectTcp({ host: url.hostname, port, timeout: REACH_TIMEOUT_MS });
    const fail = (error: Error): void => {
      socket.destroy();
      reject(new Error(`${url.host}: ${error.message}; check DNS and the firewall`));
    };
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', fail);
    socket.once('timeout', () => fail(new Error('no answer')));
  });
  return { fact: `${url.host} answers in ${(performance.now() - startedAt).toFixed(0)} ms` };
}
