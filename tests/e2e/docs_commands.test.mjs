// Every command that README.md and docs/ print works as it is printed: each fenced `sh` block runs against a real server in a
// folder that looks like a fresh clone, in the order of its page; commands within sentences exist with the options they have;
// links and scripts that are named are there; the proxies' examples are read by the proxies themselves.
//
// In the markdown, the word behind the backquotes says what a block is. `sh` runs. `sh no-test` does not, and stands in the
// table below with the reason. `csv users.csv` is a file of that name, which the page's commands find. Others are no commands.
// Only what the text marks as a placeholder is put in, and the addresses of the server, which runs on free ports here.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { freePort } from './lib/ports.mjs';
import { Troupe, apiToken, binary, until } from './lib/troupe.mjs';

const root = resolve(import.meta.dirname, '../..');
const pages = ['README.md', ...readdirSync(join(root, 'docs'), { recursive: true }).filter((name) => name.endsWith('.md')).sort()
  .map((name) => join('docs', name))];

/** Blocks that do not run here: the page, how the block begins, and why not. */
const notRun = [
  ['README.md', 'scripts/run', 'installs and builds; scripts/fresh run does it in a bare machine'],
  ['docs/postgresql.md', 'createuser', 'a PostgreSQL server on another host'],
  ['docs/postgresql.md', 'TROUPE_TEST_POSTGRES=', 'the unit tests; scripts/test runs them'],
  ['docs/clusters.md', 'scripts/build release --tests', 'real engines, which whoever runs it has started'],
  ['docs/several-processes.md', '# everywhere the same', 'databases on other hosts'],
  ['docs/guide/assistant.md', 'mkdir everything', 'fetches a package; mcp_services.test.mjs does the same with one that is there'],
  ['docs/guide/own-domain.md', 'curl https://chat.example.org', "somebody's own domain"],
];

const placeholders = { '<flow id>': '3b1f2c9e-0c1d-4f7a-9f55-6c6c7b1d2e3f' };

/** The fenced blocks of a page: {kind, words, text, line}. */
function blocksOf(page) {
  const blocks = [];
  let open;
  for (const [index, line] of readFileSync(join(root, page), 'utf8').split('\n').entries()) {
    const fence = /^\s*```(.*)$/.exec(line);
    if (!fence) { open?.lines.push(line); continue; }
    if (open) {
      blocks.push({ ...open, text: open.lines.join('\n') });
      open = undefined;
    } else {
      const [kind, ...words] = fence[1].trim().split(/\s+/);
      open = { kind, words, lines: [], line: index + 1 };
    }
  }
  assert.equal(open, undefined, `${page}: a block is not closed`);
  return blocks;
}
const all = pages.flatMap((page) => blocksOf(page).map((block) => ({ page, ...block })));

test('every block says what it is, and what does not run has a reason', () => {
  const used = new Set();
  for (const { page, kind, words, text, line } of all) {
    assert.notEqual(kind, '', `${page}:${line}: say what the block is (sh, text, json …)`);
    assert.ok(!['bash', 'shell', 'console', 'zsh'].includes(kind), `${page}:${line}: commands are sh, so that they are tried`);
    if (kind !== 'sh' || words.length === 0) continue;
    assert.deepEqual(words, ['no-test'], `${page}:${line}`);
    const reason = notRun.findIndex(([where, begin]) => where === page && text.startsWith(begin));
    assert.notEqual(reason, -1, `${page}:${line}: a block that does not run needs a reason in the table of this test`);
    used.add(reason);
  }
  assert.equal(used.size, notRun.length, 'the table holds nothing that is gone');
});

for (const page of pages) {
  const commands = all.filter((block) => block.page === page && block.kind === 'sh' && block.words.length === 0);
  if (commands.length === 0) continue;
  test(`the commands of ${page} work as printed`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'troupe-docs-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, 'build/release'), { recursive: true });
    mkdirSync(join(folder, 'data'));
    symlinkSync(binary, join(folder, 'build/release/troupe'));
    for (const block of all.filter((one) => one.page === page && /^\w+\.\w+$/.test(one.words[0] ?? ''))) {
      writeFileSync(join(folder, block.words[0]), `${block.text}\n`);
    }
    const troupe = await Troupe.start({ data: join(folder, 'data') });
    t.after(() => troupe.stop());
    const env = { ...troupe.env, PATH: `${join(folder, 'build/release')}:${process.env.PATH}`, no_proxy: '127.0.0.1' };
    for (const { text, line } of commands) {
      let script = text.replaceAll('127.0.0.1:8001', `127.0.0.1:${troupe.platformPort}`).replaceAll('127.0.0.1:8008', `127.0.0.1:${troupe.matrixPort}`);
      for (const [mark, value] of Object.entries(placeholders)) script = script.replaceAll(mark, value);
      const run = () => spawnSync('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env, encoding: 'utf8', timeout: 300_000, input: '' });
      const { status, stdout, stderr } = run();
      assert.equal(status, 0, `${page}:${line}\n${script}\n${stdout}${stderr}`);
      if (script.includes('room messages')) await answered(folder, env, script);
    }
  });
}

/** The last command of the README's block, asked again until the bot's answer stands below the question. */
async function answered(cwd, env, script) {
  const last = script.split('\n').find((line) => line.includes('room messages'));
  const end = Date.now() + 120_000;
  for (;;) {
    const { stdout } = spawnSync('bash', ['-c', last], { cwd, env, encoding: 'utf8' });
    if (/: hello\n.*@bot_parrot:localhost: hello\n/.test(stdout)) return;
    assert.ok(Date.now() < end, `no answer in: ${stdout}`);
    await new Promise((r) => setTimeout(r, 200));
  }
}

test('commands within sentences exist, with the options they are printed with', () => {
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
    for (const [, line] of text.matchAll(/`troupe ([^`\n]+)`/g)) {
      const words = line.split(/\s+/);
      const at = words.findIndex((word) => !/^[a-z][a-z-]*$/.test(word));
      const path = at === -1 ? words : words.slice(0, at);
      const help = spawnSync(binary, [...path, '--help'], { encoding: 'utf8' });
      assert.equal(help.status, 0, `${page}: troupe ${line}: ${help.stderr}`);
      for (const option of words.filter((word) => /^--[a-z-]+$/.test(word))) {
        const known = `${help.stdout}${spawnSync(binary, ['--help'], { encoding: 'utf8' }).stdout}`;
        assert.ok(known.includes(option), `${page}: troupe ${line}: there is no ${option}`);
      }
    }
  }
});

test('links and scripts that the pages name are there', () => {
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8');
    for (const [, target] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      assert.ok(existsSync(resolve(root, dirname(page), target)), `${page}: ${target}`);
    }
    for (const [, script] of text.matchAll(/`(scripts\/[a-z_.]*[a-z])/g)) assert.ok(existsSync(join(root, script)), `${page}: ${script}`);
  }
});

test('the first command explains itself where nothing is built', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-clone-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
  const { status, stdout, stderr } = spawnSync(join(folder, 'scripts/run'), ['--help'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /Usage: scripts\/run/);
});

const installed = (program) => spawnSync(program, ['-v']).error === undefined;
const proxies = {
  caddy: {
    check: ['caddy', ['validate', '--adapter', 'caddyfile', '--config', 'config']],
    run: ['caddy', ['run', '--adapter', 'caddyfile', '--config', 'plain']],
    /** Without TLS, on one port. */
    plain: (text, port) => `{\nadmin off\n}\n${text.replace(/^(\S+\.org) \{/gm, `http://$1:${port} {`)}`,
    whole: (text) => text,
  },
  nginx: {
    check: ['nginx', ['-t', '-p', '.', '-e', 'stderr', '-c', 'config']],
    run: ['nginx', ['-p', '.', '-e', 'stderr', '-c', 'plain', '-g', 'daemon off;']],
    plain: (text, port) => proxies.nginx.whole(text.replaceAll('listen 443 ssl', `listen 127.0.0.1:${port}`).replace(/^ *ssl_.*\n/gm, '')),
    whole: (text, folder) => `pid pid;\nevents {}\nhttp {\naccess_log off;\nclient_body_temp_path .;\nproxy_temp_path .;\nfastcgi_temp_path .;\n` +
      `uwsgi_temp_path .;\nscgi_temp_path .;\n${folder ? text.replaceAll('/etc/letsencrypt/live/example.org', folder).replaceAll('listen 443', 'listen 127.0.0.1:44300') : text}\n}\n`,
  },
};

/** One request through the proxy, for a name that it serves. */
function through(port, host, path) {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers: { host, accept: path.includes('live') ? 'text/event-stream' : '*/*', 'x-api-key': apiToken } }, (answer) => {
      let body = '';
      answer.on('data', (piece) => {
        body += piece;
        // A stream has no end: its first news is enough.
        if (path.includes('live')) { resolve({ status: answer.statusCode, headers: answer.headers, body }); asked.destroy(); }
      });
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
      answer.on('error', () => {});
    });
    asked.on('error', reject);
    asked.end();
  });
}

for (const [program, { check, run, plain, whole }] of Object.entries(proxies)) {
  test(`the guide's example for ${program} works in ${program}`, { skip: !installed(program) && `${program} is not installed` }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'troupe-proxy-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const env = { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    const [{ text }] = all.filter(({ kind }) => kind === program);
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-subj',
      '/CN=example.org', '-keyout', join(folder, 'privkey.pem'), '-out', join(folder, 'fullchain.pem')], { stdio: 'ignore' });
    writeFileSync(join(folder, 'config'), whole(text, folder));
    const checked = spawnSync(...check, { cwd: folder, env, encoding: 'utf8' });
    assert.equal(checked.status, 0, checked.stderr);

    // The same text in front of a real server; what differs is TLS and the ports.
    const troupe = await Troupe.start({ env: { TROUPE_SERVER_NAME: 'example.org', TROUPE_PUBLIC_BASE_URL: 'https://chat.example.org',
      TROUPE_TRUSTED_PROXIES: '127.0.0.1,::1' } });
    t.after(() => troupe.stop());
    const port = await freePort();
    writeFileSync(join(folder, 'plain'), plain(text, port).replaceAll('127.0.0.1:8008', `127.0.0.1:${troupe.matrixPort}`)
      .replaceAll('127.0.0.1:8001', `127.0.0.1:${troupe.platformPort}`));
    const proxy = spawn(...run, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    proxy.stderr.on('data', (d) => { said += d; });
    const gone = new Promise((r) => proxy.on('close', r));
    t.after(async () => { proxy.kill('SIGTERM'); await gone; });
    const versions = await until(() => through(port, 'chat.example.org', '/_matrix/client/versions'), `${program} to answer`, 60_000)
      .catch((error) => assert.fail(`${error.message}\n${said}`));
    assert.equal(versions.status, 200, said);
    assert.ok(JSON.parse(versions.body).versions.length > 0);
    const wellKnown = await through(port, 'example.org', '/.well-known/matrix/client');
    assert.deepEqual(JSON.parse(wellKnown.body),
      { 'm.homeserver': { base_url: 'https://chat.example.org' } });
    assert.equal(wellKnown.headers['access-control-allow-origin'], '*');
    assert.match(wellKnown.headers['content-type'], /application\/json/);
    const alias = await through(port, 'chat.example.org', '/_matrix/client/v3/directory/room/%23a%2Fb%3Aexample.org');
    assert.equal(JSON.parse(alias.body).errcode, 'M_NOT_FOUND', 'escapes in ids stay as they are');
    assert.equal((await through(port, 'bots.example.org', '/api/v1/overview')).status, 200);
    const live = await through(port, 'bots.example.org', '/api/v1/live');
    assert.equal(live.status, 200);
    assert.match(live.body, /event: hello/, 'news comes at once');
  });
}
