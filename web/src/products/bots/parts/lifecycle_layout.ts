// Where the states of a bot are drawn and how the arrows between them run. Pure: numbers in the units of the drawing.

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
const box = { width: 108, height: 36 };
const places: Record<Shape, { width: number; height: number; at: Record<string, Point> }> = {
  wide: {
    width: 800,
    height: 400,
    at: {
      created: { x: 80, y: 46 },
      starting: { x: 290, y: 46 },
      running: { x: 540, y: 46 },
      degraded: { x: 725, y: 130 },
      exited: { x: 540, y: 190 },
      backing_off: { x: 330, y: 190 },
      crash_loop: { x: 200, y: 270 },
      failed: { x: 430, y: 295 },
      stopping: { x: 690, y: 370 },
      stopped: { x: 80, y: 370 },
      completed: { x: 570, y: 272 },
    },
  },
  tall: {
    width: 360,
    height: 560,
    at: {
      created: { x: 66, y: 30 },
      starting: { x: 200, y: 100 },
      running: { x: 264, y: 200 },
      degraded: { x: 294, y: 310 },
      exited: { x: 180, y: 262 },
      backing_off: { x: 62, y: 200 },
      crash_loop: { x: 62, y: 330 },
      failed: { x: 190, y: 410 },
      stopping: { x: 294, y: 520 },
      stopped: { x: 66, y: 520 },
      completed: { x: 180, y: 340 },
    },
  },
};

export const wordsOf = (state: string) => state.replaceAll('_', ' ');

/** `shown`: which arrows carry their words; with all of them nothing could be read. */
export function layOut(lifecycle: Lifecycle, shape: Shape, shown: (from: string, to: string) => boolean): Drawing {
  const { width, height, at } = places[shape];
  // A state this page does not know yet still gets a place, in a row of its own below.
  const strange = lifecycle.states.filter((state) => !at[state]);
  const perRow = Math.floor(width / (box.width + 20));
  const nodes = lifecycle.states.map((state) => {
    const row = strange.indexOf(state);
    const place = at[state] ?? {
      x: (box.width + 20) * ((row % perRow) + 0.5),
      y: height + 40 + 70 * Math.floor(row / perRow),
    };
    return { state, ...place, ...box };
  });
  return {
    width,
    height: height + 70 * Math.ceil(strange.length / perRow),
    nodes,
    arrows: arrowsOf(lifecycle, nodes, shown),
  };
}

interface Curve {
  start: Point;
  middle: Point;
  end: Point;
}

function arrowsOf(lifecycle: Lifecycle, nodes: Node[], shown: (from: string, to: string) => boolean): Arrow[] {
  const byPair = new Map<string, { from: string; to: string; events: string[] }>();
  for (const { from, event, to } of lifecycle.transitions) {
    const pair = `${from} ${to}`;
    const known = byPair.get(pair);
    if (known) known.events.push(event);
    else byPair.set(pair, { from, to, events: [event] });
  }
  const taken: Box[] = nodes.map((node) => boxAround(node, node.width, node.height));
  return [...byPair.values()].flatMap((arrow) => {
    const from = nodes.find(({ state }) => state === arrow.from);
    const to = nodes.find(({ state }) => state === arrow.to);
    if (!from || !to) return [];
    const words = arrow.events.map(wordsOf).join(', ');
    if (from === to)
      return [
        {
          ...arrow,
          path: loop(from),
          label: shown(arrow.from, arrow.to)
            ? { x: from.x + from.width / 2 + 8 + words.length * 2, y: from.y - 30 }
            : undefined,
        },
      ];
    const curve = findWay(from, to, nodes, byPair.has(`${arrow.to} ${arrow.from}`));
    return [
      {
        ...arrow,
        path: pathOf(curve),
        label: shown(arrow.from, arrow.to) ? findPlace(curve, words, taken) : undefined,
      },
    ];
  });
}

/** Out of the right side of a box, around its corner, and back in at the top. */
function loop({ x, y, width, height }: Node): string {
  const corner = { x: x + width / 2, y: y - height / 2 };
  return `M ${corner.x - 1} ${y - 6} C ${corner.x + 30} ${y - 14}, ${corner.x + 4} ${corner.y - 30}, ${corner.x - 26} ${corner.y - 5}`;
}

const bends = [0, 24, -24, 48, -48, 80, -80, 115, -115];
/** Two arrows between the same boxes bow to different sides: the side is meant as seen along the way. */
const bendsApart = [24, 46, 76, 110, -60, -100];
const steps = 24;

/** The straightest way that runs through no other box. */
function findWay(from: Node, to: Node, nodes: Node[], apart: boolean): Curve {
  const others = nodes.filter((node) => node !== from && node !== to);
  let best: { curve: Curve; cost: number } | undefined;
  for (const bend of apart ? bendsApart : bends) {
    const curve = bow(from, to, bend);
    let hits = 0;
    for (let step = 0; step <= steps; ++step) {
      const { x, y } = pointOn(curve, step / steps);
      hits += others.filter(
        (node) => Math.abs(node.x - x) < node.width / 2 + 6 && Math.abs(node.y - y) < node.height / 2 + 6,
      ).length;
    }
    const cost = hits * 1_000 + Math.abs(bend);
    if (!best || cost < best.cost) best = { curve, cost };
  }
  return best!.curve;
}

function bow(from: Node, to: Node, bend: number): Curve {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const side = { x: -(to.y - from.y) / length, y: (to.x - from.x) / length };
  const middle = { x: (from.x + to.x) / 2 + side.x * bend, y: (from.y + to.y) / 2 + side.y * bend };
  return { start: edge(from, middle, 0), middle, end: edge(to, middle, 5) };
}

/** Where the line from the middle of a box towards a point leaves the box, `gap` before it. */
function edge(node: Node, towards: Point, gap: number): Point {
  const dx = towards.x - node.x;
  const dy = towards.y - node.y;
  const scale = Math.min(
    dx === 0 ? Infinity : (node.width / 2 + gap) / Math.abs(dx),
    dy === 0 ? Infinity : (node.height / 2 + gap) / Math.abs(dy),
  );
  return Number.isFinite(scale) ? { x: node.x + dx * scale, y: node.y + dy * scale } : { x: node.x, y: node.y };
}

function pointOn({ start, middle, end }: Curve, at: number): Point {
  const along = (a: number, b: number, c: number) => (1 - at) ** 2 * a + 2 * at * (1 - at) * b + at ** 2 * c;
  return { x: along(start.x, middle.x, end.x), y: along(start.y, middle.y, end.y) };
}

const round = (value: number) => Math.round(value * 10) / 10;
const pathOf = ({ start, middle, end }: Curve) =>
  `M ${round(start.x)} ${round(start.y)} Q ${round(middle.x)} ${round(middle.y)} ${round(end.x)} ${round(end.y)}`;

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
function findPlace(curve: Curve, words: string, taken: Box[]): Point {
  let best: { point: Point; cost: number; box: Box } | undefined;
  for (const at of [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82]) {
    const point = pointOn(curve, at);
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
): string {
  const onward = lifecycle.transitions
    .filter(({ from }) => from === state)
    .map(({ event, to }) => `${wordsOf(event)} leads to ${wordsOf(to)}`);
  const came = last && last.from !== last.to ? ` It came from ${wordsOf(last.from)} by ${wordsOf(last.event)}.` : '';
  return `The bot is ${wordsOf(state)}.${came} ${onward.length ? `From here ${onward.join(', ')}.` : 'Nothing leads on from here.'}`;
}
