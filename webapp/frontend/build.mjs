// One bundle per page, names by content, and a manifest the server reads. `--watch` rebuilds on change.
import { build, context } from 'esbuild';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '..', 'static', 'build');
const pages = ['app', 'form', 'viewer', 'modeler', 'public'];

const manifest = {
  name: 'manifest',
  setup(run) {
    run.onEnd(async ({ metafile }) => {
      if (!metafile) return;
      const made = Object.entries(metafile.outputs);
      const entries = {};
      for (const [path, { entryPoint, cssBundle }] of made) {
        if (!entryPoint || !path.endsWith('.js')) continue;
        const page = basename(entryPoint, '.js');
        entries[page] = { js: basename(path), ...(cssBundle && { css: basename(cssBundle) }) };
      }
      await writeFile(join(out, 'manifest.json'), `${JSON.stringify(entries, null, 1)}\n`);
      await removeOld(new Set(made.map(([path]) => basename(path))));
    });
  },
};

async function removeOld(current) {
  for (const file of await readdir(out)) {
    if (file !== 'manifest.json' && !current.has(file)) await rm(join(out, file));
  }
}

const options = {
  absWorkingDir: here,
  entryPoints: pages.map((page) => join('src', `${page}.js`)),
  outdir: out,
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2021',
  minify: true,
  metafile: true,
  legalComments: 'linked',
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  assetNames: '[name]-[hash]',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  define: { 'process.env.NODE_ENV': '"production"' },
  loader: { '.js': 'jsx', '.woff': 'file', '.woff2': 'file', '.ttf': 'file', '.eot': 'file', '.svg': 'file', '.png': 'file' },
  plugins: [manifest],
  logLevel: 'info',
};

await mkdir(out, { recursive: true });
if (process.argv.includes('--watch')) await (await context(options)).watch();
else await build(options);
