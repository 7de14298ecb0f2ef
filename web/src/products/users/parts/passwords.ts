// Passwords: what the server takes.
import { bounds } from '@/kit/api/bounds';
import { lengthProblem } from '@/kit/limits';

const limits = bounds.NewPassword.password;
export const passwordHint = `At least ${limits.minLength} characters`;
export const passwordProblem = (value: string): string | null => lengthProblem(value, limits);
