// A disk that tests have in hand: the server runs with tests/tools/disk_shim.cc loaded before it, which makes calls fail
// or wait, steps the wall clock, and keeps a journal of everything that changed the folder. From that journal `PowerCut`
// builds the folder as it would be after a power cut at any of its positions.
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { binary } from './troupe.mjs';

const shim = resolve(process.env.TROUPE_DISK_SHIM ?? join(dirname(binary), 'tests/tools/libdisk_shim.so'));
const controlBytes = 1 << 16;

/** The shim's side of one watched folder. `beside`: a folder that is not watched, for the shim's own files. */
export class Disk {
  constructor({ root, beside, journal = false }) {
    if (!existsSync(shim)) throw new Error(`${shim} is missing: scripts/build release disk_shim`);
    Object.assign(this, { root, beside, faults: [], clockMs: 0, number: 0n });
    mkdirSync(beside, { recursive: true });
    this.controlFile = join(beside, 'control');
    writeFileSync(this.controlFile, Buffer.alloc(controlBytes));
    this.bootFile = join(beside, 'boot_id');
    this.boot();
    if (journal) {
      this.journal = join(beside, 'journal');
      writeFileSync(this.journal, '');
      this.base = readFolder(root);
    }
  }
  /** As the environment of the server. */
  get env() {
    return { LD_PRELOAD: shim, DISK_SHIM_ROOT: this.root, DISK_SHIM_CONTROL: this.controlFile, DISK_SHIM_BOOT_ID: this.bootFile,
      ...(this.journal ? { DISK_SHIM_JOURNAL: this.journal } : {}) };
  }
  /** The machine has started again: it names itself anew. */
  boot() {
    const digits = () => Math.floor(Math.random() * 65536).toString(16).padStart(4, '0');
    writeFileSync(this.bootFile, `${digits()}${digits()}-${digits()}-4${digits().slice(1)}-a${digits().slice(1)}-${digits()}${digits()}${digits()}\n`);
  }
  /** How much has been recorded: what was acknowledged by now must survive a cut at this position or behind it. */
  position() { return statSync(this.journal).size; }

  /**
   * From now on calls on files whose path below the root matches end with an error. operations: write, sync, open, create,
   * truncate, allocate, rename, unlink, mkdir, read, map; `space`: all that takes room. times: that often (-1: for ever),
   * after so many that go well.
   */
  fail(pattern, operations, error, { times = -1, after = 0 } = {}) { this.rule(`fail ${pattern} ${operations} ${error} ${times} ${after}`); }
  /** From now on such calls take so many milliseconds longer. */
  slow(pattern, operations, ms, { times = -1, after = 0 } = {}) { this.rule(`slow ${pattern} ${operations} ${ms} ${times} ${after}`); }
  rule(line) {
    this.faults.push(line);
    this.tell();
  }
  /** No call fails or waits any more, those that wait now included. */
  heal() {
    this.faults = [];
    this.tell();
  }
  /** The wall clock is off by so much. */
  clock(ms) {
    this.clockMs = ms;
    this.tell();
  }
  tell() {
    const text = Buffer.alloc(controlBytes - 8);
    text.write([...this.faults, `clock ${this.clockMs}`].join('\n') + '\n');
    const number = Buffer.alloc(8);
    number.writeBigUInt64LE(++this.number);
    const file = openSync(this.controlFile, 'r+');
    writeSync(file, text, 0, text.length, 8);
    writeSync(file, number, 0, 8, 0); // last: it says that the text has changed
    closeSync(file);
  }
}

const folderOf = () => ({ folder: true, live: new Map(), durable: new Map(), pending: [] });
const fileOf = (name) => ({ folder: false, name, bytes: Buffer.alloc(0), length: 0, pending: [] });

/** What is in a folder, all of it durable. */
function readFolder(path) {
  const node = folderOf();
  node.inode = statSync(path).ino;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const whole = join(path, entry.name);
    let child;
    if (entry.isDirectory()) child = readFolder(whole);
    else if (entry.isFile()) {
      child = fileOf(entry.name);
      child.bytes = readFileSync(whole);
      child.length = child.bytes.length;
      child.inode = statSync(whole).ino;
    } else continue; // a socket goes with the machine
    node.live.set(entry.name, child);
    node.durable.set(entry.name, child);
  }
  return node;
}

const create = 1, write = 2, truncate = 3, allocate = 4, syncBegin = 5, syncEnd = 6, rename = 7, unlink = 8, mkdir = 9, link = 10, mapped = 11;

function reserve(file, length) {
  if (file.bytes.length >= length) return;
  const bigger = Buffer.alloc(Math.max(length, file.bytes.length * 2));
  file.bytes.copy(bigger, 0, 0, file.length);
  file.bytes = bigger;
}
function put(file, offset, data) {
  reserve(file, offset + data.length);
  data.copy(file.bytes, offset);
  file.length = Math.max(file.length, offset + data.length);
}
function setLength(file, length) {
  reserve(file, length);
  if (length < file.length) file.bytes.fill(0, length, file.length);
  file.length = length;
}
function apply(file, change) {
  if (change.kind === truncate) setLength(file, change.a);
  else if (change.kind === allocate) setLength(file, Math.max(file.length, change.a + change.b));
  else put(file, change.a, change.data);
}

/**
 * Reads a journal up to a position and builds what a power cut there leaves. `ignored`: syncs of files with such names do
 * not count (the control of a test: losses must show).
 */
export class PowerCut {
  constructor(disk, { ignored } = {}) {
    this.journal = readFileSync(disk.journal);
    this.root = disk.base;
    disk.base = undefined; // is changed from here on
    this.ignored = ignored;
    this.at = 0;
    this.inodes = new Map();
    this.syncs = new Map();
    this.enter(this.root);
  }
  enter(node) {
    this.inodes.set(node.inode, node);
    if (node.folder) for (const child of node.live.values()) this.enter(child);
  }
  /** Where each record ends, with its kind and the name of its file: to choose positions from. */
  static *records(file) {
    const journal = readFileSync(file);
    for (let at = 0; at < journal.length; at += journal.readUInt32LE(at)) {
      yield { kind: journal.readUInt32LE(at + 4), inode: Number(journal.readBigUInt64LE(at + 8)), end: at + journal.readUInt32LE(at) };
    }
  }

  /** Positions only grow. */
  advance(to) {
    while (this.at + 40 <= Math.min(to, this.journal.length)) {
      const bytes = this.journal.readUInt32LE(this.at);
      if (this.at + bytes > to) break;
      this.take(this.at, bytes);
      this.at += bytes;
    }
  }
  take(at, bytes) {
    const { journal } = this;
    const number = (offset) => Number(journal.readBigUInt64LE(at + offset));
    const kind = journal.readUInt32LE(at + 4);
    const [inode, a, b] = [number(8), number(16), number(24)];
    const [pathBytes, path2Bytes] = [journal.readUInt32LE(at + 32), journal.readUInt32LE(at + 36)];
    const text = (from, length) => journal.toString('utf8', at + 40 + from, at + 40 + from + length);
    const [path, path2] = [text(0, pathBytes), text(pathBytes, path2Bytes)];
    const data = journal.subarray(at + 40 + pathBytes + path2Bytes, at + bytes);
    if (kind === create || kind === mkdir) {
      if (a === 1 && this.inodes.has(inode)) return; // was open when a program began, and is known
      const node = kind === mkdir ? folderOf() : fileOf(path.split('/').at(-1));
      node.inode = inode;
      this.inodes.set(inode, node);
      this.name(path, node, at);
    } else if (kind === unlink) {
      this.name(path, null, at);
    } else if (kind === rename) {
      const node = this.look(path);
      this.name(path, null, at);
      if (node) {
        this.name(path2, node, at);
        if (!node.folder) node.name = path2.split('/').at(-1);
      }
    } else if (kind === link) {
      this.name(path2, this.look(path), at);
    } else if (kind === syncBegin) {
      const range = data.length ? [Number(data.readBigUInt64LE(0)), Number(data.readBigUInt64LE(8))] : undefined;
      this.syncs.set(`${b}:${a}`, { inode, at, range });
    } else if (kind === syncEnd) {
      const sync = this.syncs.get(`${b}:${a}`);
      this.syncs.delete(`${b}:${a}`);
      this.sync(this.inodes.get(inode), sync);
    } else {
      const file = this.inodes.get(inode);
      if (!file) throw new Error(`the journal names a file that it does not know: inode ${inode} at ${at}`);
      file.pending.push({ kind, at, a, b, data });
    }
  }
  parent(path) {
    const names = path.split('/');
    let node = this.root;
    for (const name of names.slice(0, -1)) {
      node = node.live.get(name);
      if (!node) throw new Error(`the journal has no folder for ${path}`);
    }
    return [node, names.at(-1)];
  }
  look(path) {
    const [folder, name] = this.parent(path);
    return folder.live.get(name);
  }
  name(path, node, at) {
    const [folder, name] = this.parent(path);
    if (node) folder.live.set(name, node);
    else folder.live.delete(name);
    folder.pending.push({ at, name, node });
  }
  /** What was changed before the sync began is durable now that it has ended. */
  sync(node, { at, range }) {
    if (node.folder) {
      const [done, left] = split(node.pending, (change) => change.at < at);
      for (const change of done) rename1(node.durable, change);
      node.pending = left;
      return;
    }
    if (this.ignored?.test(node.name)) return;
    const within = (change) => !range || change.data.length === 0
      || (change.a < range[0] + range[1] && change.a + change.data.length > range[0]);
    const [done, left] = split(node.pending, (change) => change.at < at && within(change));
    for (const change of done) apply(node, change);
    node.pending = left;
  }

  /**
   * Writes the folder as the cut leaves it. Without `chance` strictly: what was not synced is gone, names too. With it
   * some of that is kept, in pieces of a random size, each as it was at a random moment.
   */
  build(target, { chance } = {}) {
    const how = chance && {
      chance,
      piece: chance.pick([512, 4096, 65536, Infinity]),
      kept: chance.pick([0, 0.2, 0.5, 0.9, 1]),
      names: chance.likely(0.4) ? Infinity : chance.between(0, this.at), // made before this: kept
    };
    this.buildFolder(this.root, target, how);
  }
  buildFolder(node, target, how) {
    mkdirSync(target, { recursive: true, mode: 0o700 });
    const names = new Map(node.durable);
    if (how) for (const change of node.pending) if (change.at < how.names) rename1(names, change);
    for (const [name, child] of names) {
      const path = join(target, name);
      if (child.folder) this.buildFolder(child, path, how);
      else writeFileSync(path, this.content(child, how), { mode: 0o600 });
    }
  }
  content(file, how) {
    if (!how || file.pending.length === 0) return file.bytes.subarray(0, file.length);
    const { chance } = how;
    const copy = { bytes: Buffer.from(file.bytes.subarray(0, file.length)), length: file.length };
    const limits = new Map(); // piece → changes before this moment are on the disk
    const limitOf = (piece) => {
      if (!limits.has(piece)) {
        limits.set(piece, !chance.likely(how.kept) ? 0 : chance.likely(0.8) ? Infinity : chance.between(file.pending[0].at, this.at + 1));
      }
      return limits.get(piece);
    };
    for (const change of file.pending) {
      if (change.kind === truncate || change.kind === allocate) {
        if (change.at < limitOf('length')) apply(copy, change);
        continue;
      }
      const step = how.piece === Infinity ? change.data.length || 1 : how.piece;
      for (let from = change.a; from < change.a + change.data.length;) {
        const piece = how.piece === Infinity ? 'all' : Math.floor(from / step);
        const to = how.piece === Infinity ? change.a + change.data.length : Math.min((piece + 1) * step, change.a + change.data.length);
        if (change.at < limitOf(piece)) put(copy, from, change.data.subarray(from - change.a, to - change.a));
        from = to;
      }
    }
    return copy.bytes.subarray(0, copy.length);
  }
}

function split(changes, done) {
  const parts = [[], []];
  for (const change of changes) parts[done(change) ? 0 : 1].push(change);
  return parts;
}
function rename1(names, { name, node }) {
  if (node) names.set(name, node);
  else names.delete(name);
}

/** A seeded choice of `count` of these numbers, ascending, no two the same. */
export function choose(chance, numbers, count) {
  const left = [...numbers];
  const chosen = [];
  while (chosen.length < count && left.length) chosen.push(...left.splice(Math.floor(chance.next() * left.length), 1));
  return chosen.sort((x, y) => x - y);
}
