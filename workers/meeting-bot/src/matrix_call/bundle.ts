// Puts the page together, once, when the bot is installed: `npm run bundle`. What it needs is in the folder page/ then, and
// nothing is fetched in a call.
import { build } from 'esbuild';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pageFolder } from './page_folder.ts';

const packages = createRequire(import.meta.url);
await rm(pageFolder, { recursive: true, force: true });
await mkdir(join(pageFolder, 'pkg'), { recursive: true });
await build({ entryPoints: [join(import.meta.dirname, 'page/call_page.ts')], outfile: join(pageFolder, 'call_page.js'), bundle: true, format: 'esm', platform: 'browser',
  target: 'chrome120', minify: true, legalComments: 'linked', define: { global: 'globalThis', 'process.env.NODE_ENV': '"production"' }, logLevel: 'warning' });
const wasm = join(dirname(packages.resolve('@matrix-org/matrix-sdk-crypto-wasm')), 'pkg/matrix_sdk_crypto_wasm_bg.wasm');
await copyFile(wasm, join(pageFolder, 'pkg/matrix_sdk_crypto_wasm_bg.wasm'));
await copyFile(join(dirname(packages.resolve('livekit-client')), 'livekit-client.e2ee.worker.mjs'), join(pageFolder, 'livekit_worker.js'));
await writeFile(join(pageFolder, 'index.html'), '<!doctype html><meta charset="utf-8"><title>call</title><script type="module" src="/call_page.js"></script>\n');
