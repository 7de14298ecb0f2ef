// The dashboard and the alerts of docs/: every metric that they ask for is one that the program has, and promtool has nothing
// to say against the rules.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
const read = (path) => readFileSync(join(root, path), 'utf8');
const dashboard = 'docs/grafana/assistant.json';
const rules = 'docs/prometheus/assistant.rules.yml';

test('the dashboard and the alerts ask for metrics that there are', () => {
  const source = readdirSync(join(root, 'src'), { recursive: true }).filter((name) => /\.(cc|h)$/.test(name) && !name.endsWith('_test.cc')).map((name) => read(join('src', name))).join('');
  const asked = new Set([dashboard, rules].flatMap((path) => read(path).match(/troupe_[a-z_]+/g)).map((name) => name.replace(/_bucket$/, '')));
  assert.ok(asked.size > 6);
  assert.deepEqual([...asked].filter((name) => !source.includes(`"${name}"`)), []);
});

test('the dashboard has panels that do not lie on each other', () => {
  const { panels, templating } = JSON.parse(read(dashboard));
  assert.deepEqual(templating.list.map(({ name }) => name), ['datasource', 'instance']);
  const taken = new Set();
  for (const { title, description, gridPos: { x, y, w, h }, targets } of panels) {
    assert.ok(title && description && targets.length, title);
    for (let i = x; i < x + w; i += 1) {
      for (let j = y; j < y + h; j += 1) {
        assert.ok(i < 24 && !taken.has(`${i} ${j}`), title);
        taken.add(`${i} ${j}`);
      }
    }
  }
});

const installed = spawnSync('promtool', ['--version']).error === undefined;
test('promtool takes the rules, and their tests hold', { skip: !installed && 'promtool is not installed' }, () => {
  for (const args of [['check', 'rules', 'assistant.rules.yml'], ['test', 'rules', 'assistant.rules.test.yml']]) {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: join(root, 'docs/prometheus'), encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
  }
});
