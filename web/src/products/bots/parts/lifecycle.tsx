// The life of a bot as a drawing: its states, the way it came, and where it can go from here.
import { usePhone } from '@/kit/dialog';
import { layOut, sayLifecycle, type Lifecycle, type SayState } from './lifecycle_layout';
import { wordsOf } from './words';
import { toneOf } from './state_badge';

interface Props {
  lifecycle: Lifecycle;
  state: string;
  last?: { from: string; event: string; to: string } | undefined;
  /** Further arrows that it came by. */
  came?: readonly { from: string; to: string }[];
  /** The colour of the state it is in; without it that of a bot's. */
  tone?: string;
  /** What its states are called elsewhere on the page. */
  sayState?: SayState;
}

export function LifecycleDrawing({ lifecycle, state, last, came = [], tone, sayState = wordsOf }: Props) {
  const shape = usePhone() ? 'tall' : 'wide';
  const partOf = (from: string, to: string) =>
    from !== to && [...(last ? [last] : []), ...came].some((arrow) => arrow.from === from && arrow.to === to)
      ? 'last'
      : from === state
        ? 'next'
        : 'rest';
  const isShown = (from: string, to: string) => partOf(from, to) !== 'rest';
  const { width, height, nodes, arrows } = layOut(lifecycle, shape, isShown, sayState);
  // The important arrows last, so that they lie on top.
  const ordered = [...arrows].sort(
    (a, b) =>
      ['rest', 'next', 'last'].indexOf(partOf(a.from, a.to)) - ['rest', 'next', 'last'].indexOf(partOf(b.from, b.to)),
  );
  return (
    <figure className="lifecycle">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={sayLifecycle(lifecycle, state, last, sayState)}>
        <defs>
          {['rest', 'next', 'last'].map((part) => (
            <marker
              key={part}
              id={`arrow-${part}`}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto-start-reverse"
            >
              <path className={`arrow-head ${part}`} d="M 0 0.8 L 7.5 4 L 0 7.2 Z" />
            </marker>
          ))}
        </defs>
        {ordered.map(({ from, to, path }) => (
          <path
            key={`${from} ${to}`}
            className={`arrow ${partOf(from, to)}`}
            d={path}
            markerEnd={`url(#arrow-${partOf(from, to)})`}
          />
        ))}
        {nodes.map((node) => (
          <g
            key={node.state}
            className="lifecycle-state"
            data-tone={tone ?? toneOf(node.state)}
            data-now={node.state === state || undefined}
          >
            <rect
              x={node.x - node.width / 2}
              y={node.y - node.height / 2}
              width={node.width}
              height={node.height}
              rx="18"
            />
            <text x={node.x} y={node.y} dy="0.34em">
              {sayState(node.state)}
            </text>
          </g>
        ))}
        {ordered.map(
          ({ from, to, events, label }) =>
            label && (
              <text
                key={`${from} ${to}`}
                className={`arrow-label ${partOf(from, to)}`}
                x={label.x}
                y={label.y}
                dy="0.32em"
              >
                {events.map(wordsOf).join(', ')}
              </text>
            ),
        )}
      </svg>
      <figcaption className="lifecycle-legend small dim" aria-hidden="true">
        <span data-part="now">now</span>
        {last && last.from !== last.to && <span data-part="last">how it came here</span>}
        <span data-part="next">where it can go</span>
      </figcaption>
      <details className="small">
        <summary>All transitions as a table</summary>
        <table className="plain-table">
          <caption className="visually-hidden">Every transition a bot can make</caption>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">Event</th>
              <th scope="col">To</th>
            </tr>
          </thead>
          <tbody>
            {lifecycle.transitions.map(({ from, event, to }) => (
              <tr key={`${from} ${event}`} data-now={from === state || undefined}>
                <td>{sayState(from)}</td>
                <td>{wordsOf(event)}</td>
                <td>{sayState(to)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
