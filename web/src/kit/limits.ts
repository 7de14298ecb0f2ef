// What is wrong with the length of a text or the size of a number, by the limits that the API document has for it
// (bounds.ts, or a brain's own schema).

export interface Limits {
  minimum?: number | undefined;
  maximum?: number | undefined;
  minLength?: number | undefined;
  maxLength?: number | undefined;
}

/** The server counts characters and not the units of UTF-16. */
export function lengthProblem(text: string, { minLength = 0, maxLength = Infinity }: Limits): string | null {
  const length = [...text].length;
  if (length < minLength) return `At least ${minLength} characters.`;
  return length > maxLength ? `At most ${maxLength} characters.` : null;
}

export function sizeProblem(number: number, { minimum = -Infinity, maximum = Infinity }: Limits): string | null {
  if (number < minimum) return `The least is ${minimum}.`;
  return number > maximum ? `The most is ${maximum}.` : null;
}
