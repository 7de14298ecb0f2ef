// Hydrogen, a Matrix client with a user interface, served from its SDK's package: one page that starts the whole application.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';

const require = createRequire(import.meta.url);
const sdk = dirname(dirname(require.resolve('hydrogen-view-sdk')));
const olm = dirname(require.resolve('@matrix-org/olm'));

/** A module of the old kind, as a browser takes it. What it asks for itself are fill-ins for old browsers. */
const wrapped = async (file) => `const module = { exports: {} };
((module, exports, require) => { ${await readFile(file, 'utf8')}
})(module, module.exports, () => ({}));
export default module.exports.default ?? module.exports;`;

const modules = {
  'another-json': () => wrapped(require.resolve('another-json')),
  'base64-arraybuffer': () => wrapped(require.resolve('base64-arraybuffer')),
  'off-color': () => wrapped(join(dirname(require.resolve('off-color')), 'cjs/index.js')),
  dompurify: () => readFile(join(dirname(require.resolve('dompurify')), 'purify.es.js'), 'utf8'),
  '@matrix-org/olm/olm.js': () => '', // it is loaded when it is needed
};

const page = (homeserver) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Hydrogen</title>
<link rel="stylesheet" href="/assets/theme-element-light.css">
<script type="importmap">${JSON.stringify({ imports: Object.fromEntries(Object.keys(modules).map((name) => [name, `/modules/${name}`])) })}</script>
</head><body><div id="app" class="hydrogen" style="height: 100vh"></div><script type="module">
import { FeatureSet, Platform, RootViewModel, createNavigation, createRouter } from '/hydrogen.js';
const platform = new Platform({ container: document.getElementById('app'), config: { defaultHomeServer: ${JSON.stringify(homeserver)} },
  assetPaths: { downloadSandbox: '/assets/download-sandbox.html', worker: '/assets/main.js', serviceWorker: '/sw.js',
    olm: { wasm: '/olm/olm.wasm', wasmBundle: '/olm/olm.js', legacyBundle: '/olm/olm_legacy.js' } } });
await platform.init();
const navigation = createNavigation();
platform.setNavigation(navigation);
const urlRouter = createRouter({ navigation, history: platform.history });
urlRouter.attach();
const vm = new RootViewModel({ platform, navigation, urlRouter, urlCreator: urlRouter, features: await FeatureSet.load(platform.settingsStorage) });
await vm.load();
platform.createAndMountRootView(vm);
</script></body></html>`;

const types = { '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.html': 'text/html', '.svg': 'image/svg+xml' };

/** Yields {url, stop}. */
export async function serveHydrogen(homeserver) {
  const answer = async (path) => {
    if (path === '/' || path === '/index.html') return ['text/html', page(homeserver)];
    if (path.startsWith('/modules/')) return ['text/javascript', await modules[path.slice('/modules/'.length)]()];
    if (path.startsWith('/olm/')) return [types[extname(path)], await readFile(join(olm, path.slice('/olm/'.length)))];
    const file = { '/hydrogen.js': 'lib-build/hydrogen.es.js', '/sw.js': 'lib-build/sw.js' }[path] ?? join('asset-build', path);
    return [types[extname(path)] ?? 'application/octet-stream', await readFile(join(sdk, file))];
  };
  const server = createServer((request, response) => answer(decodeURIComponent(new URL(request.url, 'http://x').pathname)).then(
    ([type, body]) => response.writeHead(200, { 'content-type': type }).end(body),
    () => response.writeHead(404).end()));
  await new Promise((r) => server.listen(0, '127.0.0.1', r));
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => new Promise((r) => { server.closeAllConnections(); server.close(r); }) };
}
