import { silenceConsoleInfo } from '../../src/kernel/silence.js';

silenceConsoleInfo();
