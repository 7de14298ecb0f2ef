// Passwords: what the server takes, and making one.
export const leastPasswordLength = 8;

export function passwordProblem(value: string): string | null {
  if (value.length < leastPasswordLength) return `At least ${leastPasswordLength} characters.`;
  return value.length > 512 ? 'At most 512 characters.' : null;
}

/** 120 random bits in four groups, from letters and digits that are not mistaken for each other. */
export function makePassword(): string {
  const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'; // 32: a byte modulo 32 stays even.
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  const letters = Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join('');
  return letters.match(/.{6}/g)!.join('-');
}
