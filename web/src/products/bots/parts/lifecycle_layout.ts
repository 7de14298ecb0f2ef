// Where the states of a bot are drawn and how the arrows between them run: placed by dagre. Pure: numbers in the units of
// the drawing, and the same whatever state the bot is in.
import { Graph, layout, type EdgeLabel, type GraphLabel, type NodeLabel } from '@dagrejs/dagre';
import { wordsOf } from './words';

/** The server's table; a state this page has never heard of is one too. */
export interface Lifecycle {
  states: string[];
  transitions: { from: string; event: string; to: string }[];
}
export interface Point {
  x: number;
  y: number;
}
export interface Node extends Point {
  state: string;
  width: number;
  height: number;
}
/** All events that lead from one state to another, as one arrow. `label` is where its words go, when they are shown. */
export interface Arrow {
  from: string;
  to: string;
  events: string[];
  path: string;
  label: Point | undefined;
}
export interface Drawing {
  width: number;
  height: number;
  nodes: Node[];
  arrows: Arrow[];
}

type Shape = 'wide' | 'tall';
/** Room above and below is for the arrow that leads from a state to itself, and its words. */
const around = { rankdir: 'TB', marginx: 22, marginy: 32 } as const;
const sizes = {
  wide: { box: { width: 108, height: 36 }, spaces: { ...around, nodesep: 24, edgesep: 8, ranksep: 40 } },
  tall: { box: { width: 90, height: 36 }, spaces: { ...around, nodesep: 4, edgesep: 1, ranksep: 34 } },
};

/** What a state is called on show. */
export type SayState = (state: string) => string;
const boxLetterWidth = 8;
const boxPadding = 18;

/** `shown`: which arrows carry their words; with all of them nothing could be read. */
export function layOut(
  lifecycle: Lifecycle,
  shape: Shape,
  shown: (from: string, to: string) => boolean,
  sayState: SayState = wordsOf,
): Drawing {
  const { box: least, spaces } = sizes[shape];
  const longest = Math.max(0, ...lifecycle.states.map((state) => sayState(state).length));
  const box = { ...least, width: Math.max(least.width, longest * boxLetterWidth + boxPadding) };
  const graph = new Graph<GraphLabel, NodeLabel, EdgeLabel>();
  graph.setGraph({ ...spaces });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const state of lifecycle.states) graph.setNode(state, { ...box });
  // Loops first: their words have one place, those of the others look for one.
  const pairs = pairsOf(lifecycle).sort((a, b) => Number(b.from === b.to) - Number(a.from === a.to));
  for (const { from, to } of pairs) if (from !== to) graph.setEdge(from, to);
  layout(graph);
  const nodes = lifecycle.states.map((state) => {
    const { x = 0, y = 0 } = graph.node(state);
    return { state, x, y, ...box };
  });
  const taken = nodes.map((node) => boxAround(node, node.width, node.height));
  const arrows = pairs.map((pair): Arrow => {
    const { from, to, events } = pair;
    const words = events.map(wordsOf).join(', ');
    if (from === to) {
      const node = nodes.find(({ state }) => state === from)!;
      const label = { x: node.x + node.width / 2 + 20 + (words.length * letterWidth) / 2, y: node.y - 24 };
      if (shown(from, to)) taken.push(boxAround(label, words.length * letterWidth, lineHeight));
      return { ...pair, path: loop(node), label: shown(from, to) ? label : undefined };
    }
    const points = graph.edge(from, to).points ?? [];
    return { ...pair, path: pathOf(points), label: shown(from, to) ? findPlace(points, words, taken) : undefined };
  });
  const { width = 0, height = 0 } = graph.graph();
  return { width, height, nodes, arrows };
}

/** All events between two states as one. A state that the table leads to but does not name is left out. */
function pairsOf({ states, transitions }: Lifecycle): { from: string; to: string; events: string[] }[] {
  const pairs = new Map<string, { from: string; to: string; events: string[] }>();
  for (const { from, event, to } of transitions) {
    if (!states.includes(from) || !states.includes(to)) continue;
    const known = pairs.get(`${from} ${to}`);
    if (known) known.events.push(event);
    else pairs.set(`${from} ${to}`, { from, to, events: [event] });
  }
  return [...pairs.values()];
}

/** Out of the right side of a box, around its corner, and back in at the top. */
function loop({ x, y, width, height }: Node): string {
  const corner = { x: x + width / 2, y: y - height / 2 };
  return `M ${round(corner.x - 1)} ${round(y - 6)} C ${round(corner.x + 30)} ${round(y - 14)}, ${round(corner.x + 4)} ${round(corner.y - 30)}, ${round(corner.x - 26)} ${round(corner.y - 5)}`;
}

const middleOf = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

/** A smooth way along the points: bends at each, and touches the middle between two. */
function pathOf(points: Point[]): string {
  const say = ({ x, y }: Point) => `${round(x)} ${round(y)}`;
  const [start, ...onward] = points;
  const end = onward.pop();
  if (!start || !end) return '';
  const curves = onward.map((point, at) => {
    const next = onward[at + 1];
    return `Q ${say(point)} ${say(next ? middleOf(point, next) : end)}`;
  });
  return [`M ${say(start)}`, ...(curves.length > 0 ? curves : [`L ${say(end)}`])].join(' ');
}

/** The point at a part (0…1) of the way along straight lines between the points. */
function pointOn(points: Point[], part: number): Point {
  const lengths = points.slice(1).map((point, at) => Math.hypot(point.x - points[at]!.x, point.y - points[at]!.y));
  let left = part * lengths.reduce((sum, length) => sum + length, 0);
  for (const [at, length] of lengths.entries()) {
    const [from, to] = [points[at]!, points[at + 1]!];
    if (left <= length)
      return {
        x: from.x + ((to.x - from.x) * left) / (length || 1),
        y: from.y + ((to.y - from.y) * left) / (length || 1),
      };
    left -= length;
  }
  return points.at(-1) ?? { x: 0, y: 0 };
}

const round = (value: number) => Math.round(value * 10) / 10;
interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}
const boxAround = ({ x, y }: Point, width: number, height: number): Box => ({
  left: x - width / 2,
  right: x + width / 2,
  top: y - height / 2,
  bottom: y + height / 2,
});
const overlap = (a: Box, b: Box) =>
  Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
  Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
const letterWidth = 7.2;
const lineHeight = 15;

/** Beside the middle of the arrow if there is room, else elsewhere on its way; what is taken is noted. */
function findPlace(points: Point[], words: string, taken: Box[]): Point {
  let best: { point: Point; cost: number; box: Box } | undefined;
  for (const at of [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82]) {
    const point = pointOn(points, at);
    const own = boxAround(point, words.length * letterWidth + 4, lineHeight);
    const cost = taken.reduce((sum, other) => sum + overlap(own, other), 0) + Math.abs(at - 0.5);
    if (!best || cost < best.cost) best = { point, cost, box: own };
  }
  taken.push(best!.box);
  return { x: round(best!.point.x), y: round(best!.point.y) };
}

/** What the drawing says, for those who do not see it. */
export function sayLifecycle(
  lifecycle: Lifecycle,
  state: string,
  last?: { from: string; event: string; to: string },
  sayState: SayState = wordsOf,
): string {
  const onward = lifecycle.transitions
    .filter(({ from }) => from === state)
    .map(({ event, to }) => `${wordsOf(event)} leads to ${sayState(to)}`);
  const came = last && last.from !== last.to ? ` It came from ${sayState(last.from)} by ${wordsOf(last.event)}.` : '';
  return `The bot is ${sayState(state)}.${came} ${onward.length ? `From here ${onward.join(', ')}.` : 'Nothing leads on from here.'}`;
}
