// Sizes as people say them.
const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** 1,000 to a kB; one digit after the point below ten. */
export function sayBytes(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || size >= 9.95 ? 0 : 1;
  return `${size.toFixed(digits)} ${units[unit]}`;
}
