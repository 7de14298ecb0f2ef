// The files of a pack, out of a folder that somebody chose: texts by name, as the server takes them.

const mostFiles = 16;
const mostBytes = 8 * 1024 * 1024;

export type PackFiles = Record<string, string>;

/** What is in the way of sending them; nothing when they can be sent. */
export interface Chosen {
  files: PackFiles;
  problem?: string;
}

/** Files of the folder itself: those in folders below, and hidden ones, belong to other programs. */
function belongs(file: File): boolean {
  const depth = file.webkitRelativePath.split('/').length;
  return depth <= 2 && !file.name.startsWith('.');
}

export async function readPackFiles(all: File[]): Promise<Chosen> {
  const chosen = all.filter(belongs);
  if (chosen.length === 0) return { files: {}, problem: 'There are no files in this folder.' };
  if (chosen.length > mostFiles)
    return { files: {}, problem: `A pack has at most ${mostFiles} files; here are ${chosen.length}.` };
  if (chosen.reduce((sum, { size }) => sum + size, 0) > mostBytes)
    return {
      files: {},
      problem: `The files have more than ${mostBytes / 1024 / 1024} MB together. Add larger packs on the server: troupe pack add FOLDER.`,
    };
  const files: PackFiles = {};
  for (const file of chosen) {
    try {
      files[file.name] = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
    } catch {
      return { files: {}, problem: `${file.name} could not be read as text (UTF-8).` };
    }
  }
  if (!('config.json' in files))
    return { files, problem: 'A pack needs a config.json: it says which service this is.' };
  return { files };
}
