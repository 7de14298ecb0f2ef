// Kills the pages of a browser that a process has started, as the kernel does when memory runs out.
import { readdirSync, readFileSync } from 'node:fs';

/** Every process below this one. */
function below(pid) {
  const parents = new Map();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It has just ended.
    }
  }
  const family = new Set([pid]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const [child, parent] of parents) if (family.has(parent) && !family.has(child)) grew = Boolean(family.add(child));
  }
  family.delete(pid);
  return [...family];
}

export function killRenderers(pid) {
  for (const one of below(pid)) {
    try {
      if (readFileSync(`/proc/${one}/cmdline`, 'utf8').includes('--type=renderer')) process.kill(one, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
}
