// The whole of something, as it is stored: folded, because few people ask for it.
import { asJson } from './readable';
import { seenText } from './seen_text';

export function Folded({ label, value }: { label: string; value: unknown }) {
  return (
    <details className="small folded">
      <summary>{label}</summary>
      <pre className="mono stored" tabIndex={0}>
        {asJson(value)}
      </pre>
    </details>
  );
}

/** The same of a text that may be JSON: bodies of requests, what a command printed. */
export function FoldedText({ label, text }: { label: string; text: string }) {
  return (
    <details className="small folded">
      <summary>{label}</summary>
      <pre className="mono stored" tabIndex={0}>
        {tidy(text)}
      </pre>
    </details>
  );
}

function tidy(text: string): string {
  try {
    return asJson(JSON.parse(text));
  } catch {
    return seenText(text);
  }
}
