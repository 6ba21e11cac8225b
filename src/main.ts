import { enableCompileCache, flushCompileCache } from 'node:module';
import path from 'node:path';

// Before anything else is loaded: what an earlier process compiled is not compiled again. It lies in the build, which nobody else may write.
enableCompileCache(path.join(import.meta.dirname, '..', 'compiled'));
const { runServer } = await import('./server.js');
// A process that is killed would write nothing at its end.
flushCompileCache();
await runServer(process.env);
