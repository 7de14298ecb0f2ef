import { describe, expect, it } from 'vitest';
import { layOut, sayLifecycle } from './lifecycle_layout';

const lifecycle = {
  states: [
    'created',
    'starting',
    'running',
    'degraded',
    'exited',
    'backing_off',
    'crash_loop',
    'stopping',
    'stopped',
    'failed',
    'completed',
  ],
  transitions: [
    { from: 'created', event: 'start', to: 'starting' },
    { from: 'starting', event: 'ready', to: 'running' },
    { from: 'starting', event: 'recover', to: 'starting' },
    { from: 'running', event: 'recover', to: 'starting' },
    { from: 'stopping', event: 'ended', to: 'stopped' },
    { from: 'stopping', event: 'recover', to: 'stopped' },
    { from: 'exited', event: 'back_off', to: 'backing_off' },
    { from: 'exited', event: 'complete', to: 'completed' },
    { from: 'stopped', event: 'start', to: 'starting' },
    { from: 'starting', event: 'fail', to: 'failed' },
  ],
};
const all = () => true;

describe.each(['wide', 'tall'] as const)('the %s drawing', (shape) => {
  const drawing = layOut(lifecycle, shape, all);
  it('keeps every box inside, and none on top of another', () => {
    for (const node of drawing.nodes) {
      expect(node.x - node.width / 2).toBeGreaterThanOrEqual(0);
      expect(node.x + node.width / 2).toBeLessThanOrEqual(drawing.width);
      expect(node.y + node.height / 2).toBeLessThanOrEqual(drawing.height);
      for (const other of drawing.nodes) {
        if (other !== node)
          expect(Math.abs(other.x - node.x) >= node.width || Math.abs(other.y - node.y) >= node.height).toBe(true);
      }
    }
  });
  it('draws one arrow for all events between two states', () => {
    expect(drawing.arrows).toHaveLength(9);
    expect(drawing.arrows.find(({ from, to }) => from === 'stopping' && to === 'stopped')!.events).toEqual([
      'ended',
      'recover',
    ]);
  });
  it('bows two arrows between the same boxes to different sides', () => {
    const [there, back] = [
      ['starting', 'running'],
      ['running', 'starting'],
    ].map(([a, b]) => drawing.arrows.find(({ from, to }) => from === a && to === b)!);
    expect(Math.hypot(there!.label!.x - back!.label!.x, there!.label!.y - back!.label!.y)).toBeGreaterThan(18);
  });
  it('writes words only where they are asked for', () => {
    expect(
      layOut(lifecycle, shape, (from) => from === 'created')
        .arrows.filter(({ label }) => label)
        .map(({ from }) => from),
    ).toEqual(['created']);
  });
  it('stays as it is when the bot moves on', () => {
    const then = layOut(lifecycle, shape, (from) => from === 'created');
    expect(then.nodes).toEqual(drawing.nodes);
    expect(then.arrows.map(({ path }) => path)).toEqual(drawing.arrows.map(({ path }) => path));
  });
  it('leads arrows around boxes', () => {
    for (const { from, to, path } of drawing.arrows.filter((arrow) => arrow.from !== arrow.to)) {
      const points = [...path.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
      for (const node of drawing.nodes.filter(({ state }) => state !== from && state !== to)) {
        for (const { x, y } of points)
          expect(Math.abs(x - node.x) < node.width / 2 && Math.abs(y - node.y) < node.height / 2).toBe(false);
      }
    }
  });
  it('writes only numbers', () => {
    for (const { path } of drawing.arrows) expect(path).not.toMatch(/NaN|Infinity/);
  });
});

it('finds a place for a state it does not know', () => {
  const more = layOut(
    {
      states: [...lifecycle.states, 'paused'],
      transitions: [
        ...lifecycle.transitions,
        { from: 'running', event: 'pause', to: 'paused' },
        { from: 'x', event: 'y', to: 'z' },
      ],
    },
    'wide',
    all,
  );
  expect(more.nodes.find(({ state }) => state === 'paused')!.y).toBeLessThan(more.height);
  expect(more.arrows).toHaveLength(10); // One leads to and from what is no state.
});

it('makes its boxes as wide as the longest name wants', () => {
  const table = { states: ['requested', 'going_to_be_told_of_it'], transitions: [] };
  const widths = (say?: (state: string) => string) => layOut(table, 'tall', all, say).nodes.map(({ width }) => width);
  expect(widths()[0]).toBeGreaterThan('going to be told of it'.length * 7.5);
  expect(widths(() => 'short')).toEqual([90, 90]);
});

it('says it in words', () => {
  expect(sayLifecycle(lifecycle, 'running', { from: 'starting', event: 'ready', to: 'running' })).toBe(
    'The bot is running. It came from starting by ready. From here recover leads to starting.',
  );
  expect(sayLifecycle(lifecycle, 'failed')).toBe('The bot is failed. Nothing leads on from here.');
});
