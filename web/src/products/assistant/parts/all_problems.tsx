// A refusal with everything that was found wrong, each with its place.
import { ApiError } from '@/kit/api/http';
import { Problem } from '@/kit/feedback';

export function AllProblems({ error, title }: { error: unknown; title: string }) {
  const found = error instanceof ApiError ? Object.entries(error.fields) : [];
  return (
    <>
      <Problem error={error} title={title} />
      {found.length > 0 && (
        <ul className="small problem-list" aria-label="What is wrong">
          {found.map(([place, text]) => (
            <li key={place}>
              {place && <span className="mono">{place.replace(/^files\./, '')}: </span>}
              {text}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
