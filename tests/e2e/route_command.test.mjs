// `troupe route`: which service each line means, with no data folder and no server.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { binary } from './lib/troupe.mjs';

let folder;
before(async () => { folder = await mkdtemp(join(tmpdir(), 'troupe-route-')); });
after(() => rm(folder, { recursive: true, force: true }));

const route = (args, input) => spawnSync(binary, ['route', ...args], { cwd: folder, env: { PATH: process.env.PATH }, input, encoding: 'utf8' });
const lines = (text) => text.trim().split('\n').map((line) => JSON.parse(line));

test('each line has one answer', async () => {
  const file = join(folder, 'texts.jsonl');
  await writeFile(file, [
    { id: 'a', text: 'list companycam projects' }, { id: 2, text: 'companycam or slack for this?' }, { id: 'c', text: 'what time is it' },
  ].map((row) => JSON.stringify(row)).join('\n'));
  const { status, stdout, stderr } = route([file]);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  const [clear, two, none] = lines(stdout);
  assert.deepEqual({ ...clear, confidence: 1 }, { id: 'a', service: 'companycam', ask: false, confidence: 1, candidates: ['companycam'] });
  assert.deepEqual({ ...two, confidence: 1, candidates: two.candidates.sort() },
    { id: 2, service: 'none', ask: true, confidence: 1, candidates: ['companycam', 'slack'] });
  assert.deepEqual({ ...none, confidence: 1 }, { id: 'c', service: 'none', ask: false, confidence: 1, candidates: [] });
  assert.deepEqual(await readdir(folder), ['texts.jsonl'], 'nothing was written');
});

test('a malformed line is told with its number, and the rest goes on', () => {
  const { status, stdout, stderr } = route(['-'], '{"id":1,"text":"list jobs in bolt"}\nnonsense\n\n{"id":3,"text":"post hi to #ops"}\n');
  assert.equal(status, 1);
  assert.equal(stderr, 'troupe: line 2: not a JSON object\n');
  assert.deepEqual(lines(stdout).map((row) => row.service), ['bolt', 'slack']);
});

test('answers come line by line, and --debug says why', async () => {
  const child = spawn(binary, ['route', '-', '--debug'], { cwd: folder, env: { PATH: process.env.PATH } });
  const first = new Promise((resolve) => child.stdout.once('data', (data) => resolve(String(data))));
  child.stdin.write('{"id":1,"text":"list jobs in botl"}\n');
  const [row] = lines(await first);  // it comes although the input has not ended
  assert.equal(row.scores[0].service, 'bolt');
  assert.match(row.scores[0].why, /"botl" pointed/);
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.stdin.end();
  assert.equal(await ended, 0);
});

test('what cannot be read or written is no success', async () => {
  const folder_read = route([folder]);
  assert.equal(folder_read.status, 1);
  assert.match(folder_read.stderr, /cannot be read/);
  const file = join(folder, 'marked.jsonl');
  await writeFile(file, '\ufeff{"id":1,"text":"list slack channels"}\r\n{"id":1e999,"text":"hi"}\n');
  const marked = route([file]);
  assert.equal(marked.status, 1);
  assert.equal(marked.stderr, 'troupe: line 2: id must be a text or a number\n');
  assert.deepEqual(lines(marked.stdout).map((row) => row.service), ['slack']);
  const full = spawnSync('sh', ['-c', `"${binary}" route "${file}" > /dev/full`], { encoding: 'utf8' });
  assert.equal(full.status, 1);
});

test('help, a missing file and wrong words', () => {
  assert.match(route(['--help']).stdout, /--debug/);
  const missing = route(['nowhere.jsonl']);
  assert.equal(missing.status, 1);
  assert.equal(missing.stderr, 'troupe: cannot read the file "nowhere.jsonl"\n');
  assert.equal(route([]).status, 2);
});
