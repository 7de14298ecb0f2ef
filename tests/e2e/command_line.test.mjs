// The command line as a person meets it: what founds a server and what does not, how bots of every brain are made, what a
// room's messages look like, words that are mistyped, Ctrl-C, completion.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { OpenAi } from './lib/openai.mjs';
import { MatrixUser, Troupe, adminPassword, binary, databaseOf, until } from './lib/troupe.mjs';

let troupe;
let folder;
before(async () => {
  troupe = await Troupe.start({ env: { TROUPE_ALLOW_PROGRAMS: 'on' } });
  folder = await mkdtemp(join(tmpdir(), 'troupe-command-line-'));
});
after(async () => {
  await troupe?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Runs the program in the test's folder; nothing is known of a server but what the arguments say. */
function bare(args, { cwd = folder, env = {} } = {}) {
  const { status, stdout, stderr } = spawnSync(binary, args, { cwd, env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}
const good = async (args, options) => {
  const done = await troupe.cli(args, options);
  assert.equal(done.code, 0, `${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
};

test('only init and serve found a server', async () => {
  const words = [['bot', 'list'], ['user', 'add', 'anna', '--generate'], ['room', 'messages', '!x:localhost'], ['audit'],
    ['user', 'import', '-', '--dry-run'], ['tenant', 'list'], ['key', 'add', 'ci']];
  for (const args of words) {
    const { code, stdout, stderr } = bare(args);
    assert.equal(code, 1, args.join(' '));
    assert.equal(stdout, '');
    assert.equal(stderr, 'troupe: no Troupe data in ./data; give --data DIR or run `troupe init`\n');
  }
  assert.match(bare(['--data', join(folder, 'none'), 'bot', 'list']).stderr, new RegExp(`no Troupe data in ${folder}/none`));
  assert.deepEqual(await readdir(folder), [], 'nothing was written');
  const data = join(folder, 'made');
  const env = { ...databaseOf(data), TROUPE_ADMIN_PASSWORD: adminPassword };
  assert.equal(bare(['--data', data, 'init'], { env }).code, 0);
  const there = { env: databaseOf(data) };
  assert.equal(bare(['--data', data, 'bot', 'list'], there).stdout, 'Nothing yet.\n');
  assert.equal(bare(['--data', data, 'bot', 'add', 'early', '--quiet'], there).stdout, 'early\n');
  assert.equal(bare(['--data', data, 'bot', 'start', 'early'], there).stdout, 'early runs as soon as the server does: troupe serve\n');
  await rm(data, { recursive: true });
});

test('on a terminal the start is told in words, in a pipe in lines of JSON', async () => {
  const start = async (program, wrapped, end) => {
    const data = await mkdtemp(join(folder, 'words-'));
    const args = ['--data', data, 'serve', '--listen-platform', '127.0.0.1:0', '--listen-matrix', '127.0.0.1:0'];
    const child = spawn(program, wrapped(args), { cwd: folder, env: { PATH: process.env.PATH, ...databaseOf(data) } });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => { said += d; });
    const closed = new Promise((r) => child.on('close', r));
    await until(() => /shown only now:\s+\S{20}\s/.test(said), 'the password', 90_000);
    end(child);
    await closed;
    return said.replaceAll('\r', '');
  };
  const piped = await start(binary, (args) => args, (child) => child.kill('SIGTERM'));
  assert.match(piped, /^\{"time":.*"message":"listening"/m);
  // `script` gives it a terminal; Ctrl-C ends it there.
  const seen = await start('script', (args) => ['-qec', [binary, ...args].join(' '), '/dev/null'], (child) => child.stdin.write('\x03'));
  assert.doesNotMatch(seen, /^\{/m);
  const before = seen.slice(0, seen.indexOf('is running.'));
  assert.doesNotMatch(before, / info /, 'the words below say it');
  assert.match(seen, /Z info \[app\] stopping/);
});

test('a start whose port is in use spends no password', async () => {
  const taken = createServer();
  await new Promise((r) => taken.listen(0, '127.0.0.1', r));
  const data = await mkdtemp(join(folder, 'port-'));
  const args = ['--data', data, 'serve', '--listen-platform', '127.0.0.1:0', '--listen-matrix', `127.0.0.1:${taken.address().port}`];
  const refused = spawn(binary, args, { cwd: folder, env: { PATH: process.env.PATH, ...databaseOf(data) } });
  let said = '';
  for (const stream of [refused.stdout, refused.stderr]) stream.on('data', (d) => { said += d; });
  assert.equal(await new Promise((r) => refused.on('close', r)), 1);
  assert.match(said, /is in use: .* choose another address\. The option is --listen-matrix, the key in troupe\.toml listen\.matrix\./);
  assert.doesNotMatch(said, /password/);
  await new Promise((r) => taken.close(r));
  const started = spawn(binary, args, { cwd: folder, env: { PATH: process.env.PATH, ...databaseOf(data) } });
  let out = '';
  started.stdout.on('data', (d) => { out += d; });
  const closed = new Promise((r) => started.on('close', r));
  await until(() => /shown only now:\n\n {4}\S{20}\n/.test(out), 'the password', 90_000);
  started.kill('SIGTERM');
  assert.equal(await closed, 0);
});

test('what was said stands in room messages, oldest first, edits folded in', async () => {
  const password = (await good(['user', 'add', 'anna', '--generate', '--quiet'])).trim();
  await good(['bot', 'add', 'parrot', '--brain', 'echo']);
  assert.match(await good(['bot', 'start', 'parrot']), /^parrot is (starting|running)\.\n$/);
  const made = await good(['room', 'create', 'Garden', '--alias', 'garden', '--as', 'anna', '--invite', '@bot_parrot:localhost']);
  assert.match(made, /^Garden is made\.\nroom_id: !\S+\nalias: #garden:localhost\n$/);
  const room = /room_id: (\S+)/.exec(made)[1];
  assert.match(await good(['room', 'send', '#garden:localhost', 'hello', '--as', 'anna']), /^Sent: \$\S+\n$/);
  const messages = (more = []) => good(['room', 'messages', '#garden:localhost', '--as', 'anna', ...more]);
  await until(async () => (await messages()).split('hello').length === 3, 'the answer', 60_000);
  const stamp = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}/gm;
  assert.equal((await messages()).replace(stamp, ''), '@anna:localhost: hello\n@bot_parrot:localhost: hello\n');

  const anna = await MatrixUser.login(troupe.matrix, 'anna', password);
  const first = await anna.send(room, 'frist');
  const put = (content) => anna.request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/t${Math.random()}`, content);
  await put({ msgtype: 'm.text', body: '* first', 'm.new_content': { msgtype: 'm.text', body: 'first' }, 'm.relates_to': { rel_type: 'm.replace', event_id: first } });
  await put({ msgtype: 'm.notice', body: 'two\nlines \u202e and \u001b[31m red' });
  await put({ msgtype: 'm.image', body: 'cat.png', url: 'mxc://localhost/none' });
  await put({ msgtype: 'm.emote', body: 'waves' });
  await good(['bot', 'stop', 'parrot']);
  const lines = (await messages()).replace(stamp, '').split('\n').filter((line) => !line.includes('parrot'));
  assert.deepEqual(lines.slice(1, 6), ['@anna:localhost: first  (edited)', '@anna:localhost: two', '    lines ? and ?[31m red',
    '@anna:localhost: [image cat.png]', '* @anna:localhost waves']);
  assert.equal((await messages(['--limit', '1'])).trim().split('\n').length, 1);
  const rooms = await good(['room', 'list', '--as', 'anna']);
  assert.match(rooms, /Garden +#garden:localhost +2 +false/);
  assert.equal(await good(['room', 'list', '--as', 'anna', '--quiet']), `${room}\n`);
  assert.equal((await troupe.cli(['room', 'list', '--as', 'nobody'])).code, 1);
  const twice = await troupe.cli(['room', 'create', 'Other', '--alias', '#garden:localhost']);
  assert.deepEqual([twice.code, twice.stderr], [1, 'troupe: The alias #garden:localhost is taken.\n']);
});

test('a bot of every brain is made from the command line', async (t) => {
  const model = await OpenAi.start();
  t.after(() => model.stop());
  const config = async (id) => (await troupe.api('GET', `/api/v1/bots/${id}`)).body.brain;
  await good(['bot', 'add', 'model', '--brain', 'openai', '--url', model.url, '--model', 'stand-in', '--key-stdin'], { input: 'sk-secret\n' });
  const openai = await config('model');
  assert.deepEqual([openai.kind, openai.config.base_url, openai.config.model, openai.config.api_key_set], ['openai', model.url, 'stand-in', true]);
  await good(['bot', 'set', 'model', '--set', 'temperature=0.2', '--set', 'system_prompt=Be brief.']);
  const changed = (await config('model')).config;
  assert.deepEqual([changed.temperature, changed.system_prompt, changed.model, changed.api_key_set], [0.2, 'Be brief.', 'stand-in', true],
    'what is not named stays');
  const room = JSON.parse(await good(['room', 'create', 'Talk', '--invite', '@bot_model:localhost', '--json'])).room_id;
  await good(['bot', 'start', 'model']);
  await good(['room', 'send', room, 'json please']);
  await until(async () => (await good(['room', 'messages', room])).includes('@bot_model:localhost: whole answer'), 'the answer', 60_000);
  assert.equal(model.requests.at(-1).headers.authorization, 'Bearer sk-secret');

  await good(['bot', 'add', 'guide', '--brain', 'flowise', '--url', 'http://127.0.0.1:3000/api/v1/prediction/abc']);
  assert.match((await config('guide')).config.url, /prediction\/abc/);
  const hook = await good(['bot', 'add', 'hook', '--brain', 'webhook', '--url', 'https://bots.example.org/ask']);
  assert.match(hook, /^hook is made: @bot_hook:localhost, brain webhook\. Next: troupe bot start hook\nThe secret that signs its questions, shown once: \S{16,}\n$/);
  await good(['bot', 'add', 'clock', '--brain', 'command', '--set', 'timezone=Europe/Berlin']);
  assert.equal((await config('clock')).config.timezone, 'Europe/Berlin');
  await good(['bot', 'add', 'mine', '--brain', 'program', '--program', '/bin/sleep', '--arg=-v', '--arg', '5']);
  assert.deepEqual((await config('mine')).config.command, ['/bin/sleep', '-v', '5']);
  const file = join(folder, 'brain.json');
  await writeFile(file, JSON.stringify({ base_url: model.url, model: 'other' }));
  await good(['bot', 'add', 'filed', '--brain', 'openai', '--brain-config', file]);
  assert.equal((await config('filed')).config.model, 'other');
  await good(['bot', 'add', 'piped', '--brain', 'openai', '--brain-config', '-', '--model', 'stand-in'], { input: `{\n"base_url": "${model.url}"\n}\n` });
  assert.deepEqual([(await config('piped')).config.model, (await config('piped')).config.base_url], ['stand-in', model.url]);

  const wrong = async (args, sentence) => {
    const { code, stderr } = await troupe.cli(['bot', 'add', 'wrong', ...args], { input: '' });
    assert.equal(code, 1, args.join(' '));
    assert.match(stderr, sentence);
  };
  await wrong(['--brain', 'opnai'], /there is no brain "opnai"; did you mean "openai"\? There are: echo, .*webhook/);
  await wrong(['--brain', 'echo', '--url', 'http://x'], /the brain echo has no --url/);
  await wrong(['--brain', 'openai', '--set', 'temprature=1'], /has no setting "temprature"; did you mean "temperature"\?/);
  await wrong(['--brain', 'openai', '--set', 'temperature=warm'], /temperature must be number, as JSON/);
  await wrong(['--brain', 'openai', '--brain-config', '{"base_ur": "x"}'], /'base_ur'; did you mean "base_url"\?/);
  await wrong(['--brain', 'openai', '--set', 'temperature'], /NAME=VALUE/);
  await wrong(['--brain', 'openai', '--brain-config', '[]'], /cannot be read/);
  await wrong(['--brain', 'openai', '--brain-config', '{]'], /must be a JSON object/);
  await wrong(['--brain', 'openai', '--key-stdin'], /no key came/);
  const unknown = await troupe.api('POST', '/api/v1/bots', { bot_id: 'wrong', brain: { kind: 'opnai', config: {} } });
  assert.equal(unknown.status, 400);
  assert.match(unknown.body.detail, /There are: .*openai/);

  // The answer is in the room a moment before it is counted.
  const list = await until(async () => {
    const shown = await good(['bot', 'list']);
    return /^model +openai +running +1 +0$/m.test(shown) && shown;
  }, 'the answer to be counted');
  assert.match(list, /^bot_id +brain +state +answered +failed\n/);
  assert.ok(list.split('\n').every((line) => line.length < 80));
  assert.match(await good(['bot', 'list', '-o', 'wide']), /user_id .* last_error/);
  assert.deepEqual(JSON.parse(await good(['bot', 'list', '--json'])).items.map((b) => b.bot_id).filter((id) => id === 'model'), ['model']);
});

test('a word that is mistyped is named with the nearest one', () => {
  const said = (args) => {
    const { code, stderr } = bare(args);
    assert.equal(code, 2, args.join(' '));
    return stderr;
  };
  assert.equal(said(['bott', 'list']), 'troupe: troupe has no command "bott"; did you mean "bot"?\n');
  assert.equal(said(['--data', 'x', '--json', 'usr', 'list']), 'troupe: troupe has no command "usr"; did you mean "user"?\n');
  assert.equal(said(['bot', 'lst']), 'troupe: troupe bot has no command "lst"; did you mean "list"?\n');
  assert.match(said(['bot', 'bogus']), /troupe bot has no command "bogus"\. There are: add, list, .*See troupe bot --help/);
  assert.match(said(['room']), /troupe room needs a command\. There are: create, list, /);
  assert.match(said([]), /troupe needs a command\. There are: serve, init, .*room/);
  assert.doesNotMatch(said([]), /thumbnail-worker/);
  assert.equal(said(['bot', 'list', '--jsn']), 'troupe: troupe bot list has no option --jsn; did you mean "--json"?\n');
  assert.match(said(['user', 'show']), /name is required/);
  assert.equal(said(['--verson']), 'troupe: troupe has no option --verson; did you mean "--version"?\n');
  // Where a command may follow, but need not, what is wrong is named all the same.
  assert.match(said(['audit', '--since', 'yesterday']), /^troupe: troupe audit has no option --since\./);
  assert.match(said(['audit', '--limit', '99999']), /--limit: .*99999 not in range/);
  assert.match(said(['meeting', 'show', 'weekly']), /^troupe: meeting: "weekly" is not a number\. See troupe meeting show --help/);
  assert.match(said(['user', 'role', 'anna', 'opertor']), /"opertor" is none of member, operator, admin; did you mean "operator"\?/);
});

test('the version, help with examples, and completion', async () => {
  assert.match(bare(['--version']).stdout, /^troupe \d+\.\d+\.\d+\n$/);
  for (const words of [[], ['bot', 'add'], ['bot', 'set'], ['room', 'create'], ['room', 'send'], ['room', 'messages'], ['completion']]) {
    assert.match(bare([...words, '--help']).stdout, /Examples?:/, words.join(' '));
  }
  const file = join(folder, 'completion.bash');
  await writeFile(file, bare(['completion', 'bash']).stdout);
  const complete = (...words) => spawnSync('bash', ['-c', `source ${file}; COMP_WORDS=(troupe ${words.map((w) => `'${w}'`).join(' ')}); ` +
    `COMP_CWORD=${words.length}; _troupe; printf '%s\\n' "\${COMPREPLY[@]}"`], { encoding: 'utf8' }).stdout.trim().split('\n');
  assert.deepEqual(complete('bo'), ['bot']);
  assert.deepEqual(complete('bot', 'st'), ['start', 'stop']);
  assert.deepEqual(complete('--data', 'x', 'room', 'cr'), ['create']);
  assert.deepEqual(complete('bot', 'add', 'parrot', '--br'), ['--brain', '--brain-config']);
  for (const shell of ['zsh', 'fish']) assert.match(bare(['completion', shell]).stdout, /bot/);
  assert.equal(bare(['completion', 'tcsh']).code, 2);
  const piped = spawnSync('bash', ['-c', `"$0" openapi | head -c 10; exit "\${PIPESTATUS[0]}"`, binary], { cwd: folder, encoding: 'utf8' });
  assert.deepEqual([piped.status, piped.stderr], [1, ''], 'a reader that has seen enough is no crash');
});

test('mistakes in the configuration are told in JSON, too', async () => {
  const file = join(folder, 'wrong.toml');
  await writeFile(file, 'server_nam = "x"\n');
  for (const [given, mistake] of [[file, /wrong\.toml:1: .*did you mean "server\.name"/], [join(folder, 'none.toml'), /none\.toml: .*does not exist/]]) {
    const checked = bare(['--config', given, 'config', 'check', '--json']);
    const said = JSON.parse(checked.stdout);
    assert.deepEqual([checked.code, checked.stderr, said.ok, said.problems.length], [1, '', false, 1]);
    assert.match(said.problems[0], mistake);
  }
});

test('Ctrl-C while the server takes an import is answered with how it goes on', async () => {
  // A server that sends the signal itself before it answers: the command has no time to get ready after the answer.
  const data = join(folder, 'interrupted');
  await mkdir(join(data, 'run'), { recursive: true });
  let child;
  const reply = (socket, body) => {
    const bytes = Buffer.from(JSON.stringify({ status: 200, body: JSON.stringify(body) }));
    const head = Buffer.alloc(4);
    head.writeUInt32BE(bytes.length);
    socket.end(Buffer.concat([head, bytes]));
  };
  const server = createServer((socket) => {
    let got = Buffer.alloc(0);
    socket.on('data', (piece) => {
      got = Buffer.concat([got, piece]);
      if (got.length < 4 || got.length < 4 + got.readUInt32BE()) return;
      const { method } = JSON.parse(got.subarray(4));
      if (method === 'POST') child.kill('SIGINT');
      reply(socket, { import_id: 'imp1', state: 'running', total: 5, done: 2 });
    });
  });
  await new Promise((r) => server.listen(join(data, 'run', 'troupe.sock'), r));
  try {
    const file = join(folder, 'five.csv');
    await writeFile(file, 'a\nb\nc\nd\ne\n');
    child = spawn(binary, ['--data', data, 'user', 'import', file], { env: { PATH: process.env.PATH }, cwd: folder });
    let err = '';
    child.stderr.on('data', (d) => { err += d; });
    const ended = await new Promise((r) => child.on('close', (code, signal) => r({ code, signal })));
    assert.deepEqual(ended, { code: 1, signal: null });
    assert.match(err, /The import goes on in the server \(2 of 5 lines are done\)\.\n  troupe user import-status imp1/);

    child = spawn(binary, ['--data', data, 'user', 'import', '-'], { env: { PATH: process.env.PATH }, cwd: folder });
    let said = '';
    child.stderr.on('data', (d) => { said += d; });
    const gone = new Promise((r) => child.on('close', (code, signal) => r({ code, signal })));
    child.stdin.on('error', () => {});
    child.stdin.write('a\n'); // and no end: it goes on reading
    await until(() => readWaits(child.pid), 'the command to read its standard input', 90_000);
    child.kill('SIGINT');
    assert.deepEqual(await gone, { code: 1, signal: null });
    assert.match(said, /nothing was imported/);
  } finally {
    await new Promise((r) => server.close(r));
  }
});

/** Whether the process has taken care of SIGINT: bit 2 of the caught signals. */
async function readWaits(pid) {
  const { readFile } = await import('node:fs/promises');
  const caught = /SigCgt:\s+([0-9a-f]+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1];
  return (BigInt(`0x${caught}`) & 2n) !== 0n;
}
