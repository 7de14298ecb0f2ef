// Arguments, one line for each value.
import { readable } from './readable';

export function Values({ of, none = 'No arguments.' }: { of: unknown; none?: string }) {
  const { lines, more } = readable(of);
  if (lines.length === 0) return <p className="small dim values-none">{none}</p>;
  return (
    <>
      <dl className="facts values">
        {lines.map(({ name, text }) => (
          <div key={name}>
            <dt className="mono">{name}</dt>
            <dd dir="auto">{text}</dd>
          </div>
        ))}
      </dl>
      {more > 0 && <p className="small dim">{more} more values: they stand in the whole below.</p>}
    </>
  );
}
