// Small graphs of a bot's hours: bars in SVG, with the same numbers as a table below.
import type { UsageHour } from '@/kit/api/types';
import { roundUp, sayCount } from './usage_series';

export interface Part {
  name: string;
  label: string;
  of: (hour: UsageHour) => number;
}
interface Props {
  title: string;
  /** What the whole span comes to, in words. */
  total: string;
  hours: UsageHour[];
  parts: Part[];
  say?: (value: number) => string;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' });
const height = 64;
const step = 10;

export function UsageChart({ title, total, hours, parts, say = sayCount }: Props) {
  const most = Math.max(0, ...hours.map((hour) => parts.reduce((sum, part) => sum + part.of(hour), 0)));
  const top = roundUp(most);
  const words = hours.length > 1 && Date.parse(hours.at(-1)!.at) - Date.parse(hours[0]!.at) > 86_400_000 ? day : clock;
  return (
    <figure className="panel chart">
      <figcaption>
        <span className="dim small">{title}</span>
        <strong>{total}</strong>
      </figcaption>
      <svg
        viewBox={`0 0 ${hours.length * step} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: ${total}. At most ${say(most)} at a time.`}
      >
        <line className="chart-ground" x1="0" x2={hours.length * step} y1={height - 0.5} y2={height - 0.5} />
        {hours.map((hour, place) => (
          <Bar
            key={hour.at}
            hour={hour}
            x={place * step + 1}
            top={top}
            parts={parts}
            title={`${words.format(new Date(hour.at))}: ${parts.map((part) => `${say(part.of(hour))} ${part.label}`).join(', ')}`}
          />
        ))}
      </svg>
      <div className="chart-foot dim" aria-hidden="true">
        <span>{hours[0] && words.format(new Date(hours[0].at))}</span>
        <span>{most > 0 ? `peak ${say(most)}` : 'nothing yet'}</span>
        <span>now</span>
      </div>
      {parts.length > 1 && (
        <ul className="chart-legend small dim">
          {parts.map(({ name, label }) => (
            <li key={name} data-part={name}>
              {label}
            </li>
          ))}
        </ul>
      )}
    </figure>
  );
}

function Bar({
  hour,
  x,
  top,
  parts,
  title,
}: {
  hour: UsageHour;
  x: number;
  top: number;
  parts: Part[];
  title: string;
}) {
  // From the ground up; one failed message among thousands must still be seen.
  const stack = parts.reduce<{ name: string; y: number; tall: number }[]>((below, part) => {
    const value = part.of(hour);
    if (value <= 0) return below;
    const tall = Math.max(1.5, (value / top) * (height - 4));
    return [...below, { name: part.name, y: (below.at(-1)?.y ?? height - 1) - tall, tall }];
  }, []);
  return (
    <g className="chart-bar">
      <title>{title}</title>
      <rect className="chart-hit" x={x - 1} y="0" width={step} height={height} />
      {stack.map(({ name, y, tall }) => (
        <rect
          key={name}
          className="chart-part"
          data-part={name}
          x={x}
          y={Math.max(0, y)}
          width={step - 2}
          height={tall}
        />
      ))}
    </g>
  );
}

export function UsageTable({
  hours,
  columns,
}: {
  hours: UsageHour[];
  columns: (Part & { say?: (value: number) => string })[];
}) {
  const filled = hours.filter((hour) => columns.some(({ of }) => of(hour) > 0));
  return (
    <details className="small">
      <summary>The numbers as a table</summary>
      {filled.length === 0 ? (
        <p className="dim">No messages in this time.</p>
      ) : (
        <div className="scroll-x" tabIndex={0} role="region" aria-label="Usage by hour">
          <table className="plain-table">
            <caption className="visually-hidden">Usage by hour</caption>
            <thead>
              <tr>
                <th scope="col">From</th>
                {columns.map(({ name, label }) => (
                  <th key={name} scope="col" className="cell-number">
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {filled.map((hour) => (
                <tr key={hour.at}>
                  <td className="nowrap">{day.format(new Date(hour.at))}</td>
                  {columns.map(({ name, of, say = sayCount }) => (
                    <td key={name} className="cell-number">
                      {say(of(hour))}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
