import { loadConfig } from '../../config/config.js';
import { VERSION } from '../../kernel/version.js';
import { CliError } from '../cli-error.js';
import { examineDatabase } from './database-checks.js';
import { examine, type Finding } from './finding.js';
import { examineDisk, examineRedis, examineServer, examineWhatsApp } from './machine-checks.js';

/** `trunkline doctor`: looks at everything that the server will need, changes nothing, and fails when something is wrong. */
export async function runDoctor(): Promise<void> {
  const config = loadConfig(process.env);
  const findings: Finding[] = [
    { subject: 'versions', fact: `Trunkline ${VERSION}, Node ${process.versions.node}` },
    await examine('disk', () => examineDisk(config)),
    ...(await examineDatabase(config)),
    await examine('redis', () => examineRedis(config)),
    await examine('whatsapp', () => examineWhatsApp(config)),
    await examine('server', () => examineServer()),
  ];
  for (const finding of findings) process.stdout.write(`${describe(finding)}\n`);
  const problems = findings.filter(({ problem }) => problem !== undefined);
  if (problems.length > 0) throw new CliError(`${problems.length} of ${findings.length} checks failed.`);
}

function describe({ subject, fact, problem }: Finding): string {
  const line = `${problem === undefined ? '✓' : '✗'} ${subject.padEnd(11)} ${fact}`;
  return problem === undefined ? line : `${line}\n  → ${problem}`;
}
