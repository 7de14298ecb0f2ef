// Passwords: what the server takes.
export const leastPasswordLength = 8;

export function passwordProblem(value: string): string | null {
  if (value.length < leastPasswordLength) return `At least ${leastPasswordLength} characters.`;
  return value.length > 512 ? 'At most 512 characters.' : null;
}
