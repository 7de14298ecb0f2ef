// Arguments, one line for each value.
import { readable } from './readable';

interface Props {
  of: unknown;
  /** What is said where there are none; '' for nothing. */
  none?: string;
  /** Of a call that is not made yet. */
  planned?: boolean;
}

export function Values({ of, none = 'No arguments.', planned = false }: Props) {
  const { lines, more } = readable(of, { planned });
  if (lines.length === 0 && !none) return null;
  if (lines.length === 0) return <p className="small dim values-none">{none}</p>;
  return (
    <>
      <dl className="facts values">
        {lines.map(({ name, text, later }) => (
          <div key={name}>
            <dt className="mono">{name}</dt>
            <dd dir="auto">{later ? <em className="dim">{text}</em> : text}</dd>
          </div>
        ))}
      </dl>
      {more > 0 && <p className="small dim">{more} more values: they stand in the whole below.</p>}
    </>
  );
}
