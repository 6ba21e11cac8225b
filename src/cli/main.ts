import { silenceConsoleInfo } from '../kernel/silence.js';
import { createProgram } from './program.js';

silenceConsoleInfo();

try {
  await createProgram().parseAsync();
} catch (error) {
  const { reportAndExit } = await import('./report.js');
  reportAndExit(error);
}
