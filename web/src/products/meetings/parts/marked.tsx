// A text with the words that were looked for.
import { marked } from './transcript';

export function Marked({ text, search }: { text: string; search: string }) {
  return (
    <>{marked(text, search).map((piece, place) => (piece.hit ? <mark key={place}>{piece.text}</mark> : piece.text))}</>
  );
}
