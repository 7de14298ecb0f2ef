// The way of the sound: a WhisperLive server in the dialect of Vexa's bots. What is heard before the server is ready is kept
// and sent first. A connection that breaks is made anew under a new uid, whose times begin at the first sample sent to it.
import { randomUUID } from 'node:crypto';
import { frameSamples, sampleRate } from './audio/ear.ts';
import type { Turn } from './audio/speakers.ts';
import type { BotConfig, SpeechTask } from './config.ts';
import { log } from './log.ts';
import { wired } from './wire.ts';

const firstRetry = 2_000;
const longestRetry = 10_000;
const readyWithin = 60_000;
/** Kept while nobody takes it: 30 s. */
const mostWaiting = Math.ceil((30 * sampleRate) / frameSamples);
/** A server that takes nothing is given up: a minute of sound, which is more than what waits for it at most. */
const mostUnsent = 60 * sampleRate * 4;
const bye = Buffer.from('END_OF_AUDIO');

type Piece = { readonly at: number; readonly frame: Float32Array } | { readonly at: number; readonly turn: Turn };

/** Whose sound a session is of, where it is one person's, and what each of its connections is called. */
export interface Whose {
  readonly voice: { readonly id: string; readonly name: string };
  readonly uid: () => string;
}

export interface WhisperState {
  readonly ready: boolean;
  readonly uid: string;
  readonly frames: number;
}

export class Whisper {
  readonly #config: BotConfig;
  readonly #speaking: () => Turn[];
  readonly #began: () => void;
  readonly #whose: Whose | null;
  language: string | null;
  task: SpeechTask;
  #socket: WebSocket | null = null;
  #uid = '';
  #ready = false;
  #closed = false;
  #retry = firstRetry;
  #timer: NodeJS.Timeout | undefined;
  #waiting: Piece[] = [];
  /** Samples heard so far, and how many of them were heard before the session's first. */
  #heard = 0;
  #from = 0;
  #sent = 0;

  /** `speaking` tells who speaks just now; `began` is called when a session takes sound. */
  constructor(config: BotConfig, speaking: () => Turn[], began: () => void, whose: Whose | null = null) {
    this.#config = config;
    this.#speaking = speaking;
    this.#began = began;
    this.#whose = whose;
    this.language = config.language;
    this.task = config.task;
  }

  get state(): WhisperState {
    return { ready: this.#ready, uid: this.#uid, frames: this.#sent };
  }

  open(): void {
    if (!this.#config.whisperUrl || this.#closed) return;
    const uid = (this.#uid = this.#whose?.uid() ?? randomUUID());
    const socket = (this.#socket = new WebSocket(this.#config.whisperUrl));
    socket.binaryType = 'arraybuffer';
    const mine = (): boolean => this.#socket === socket;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { if (mine() && !this.#ready) this.#again('the server is not ready in time'); }, readyWithin);
    socket.onopen = () => {
      socket.send(wired({ uid, language: this.language, task: this.task, model: null, use_vad: false,
        platform: this.#config.platform, token: this.#config.token, meeting_id: this.#config.nativeMeetingId,
        meeting_url: this.#config.meetingUrl.href, ...(this.#whose && { speaker: this.#whose.voice }) }));
    };
    socket.onmessage = ({ data }) => { if (mine() && typeof data === 'string') this.#hear(data, uid); };
    socket.onerror = () => {}; // a close follows
    socket.onclose = ({ code }) => { if (mine()) this.#again(`closed (${code})`); };
  }

  #hear(text: string, uid: string): void {
    let said: Record<string, unknown>;
    try {
      said = JSON.parse(text) as Record<string, unknown>;
    } catch {
      return;
    }
    if (said['uid'] !== undefined && said['uid'] !== uid) return;
    if (said['status'] === 'SERVER_READY') this.#begin();
    else if (said['status'] === 'ERROR' || said['status'] === 'WAIT') log('WhisperLive:', String(said['status']), String(said['message'] ?? ''));
    else if (said['message'] === 'DISCONNECT') this.#again('the server ends the session');
  }

  #begin(): void {
    if (this.#ready) return;
    this.#ready = true;
    this.#retry = firstRetry;
    clearTimeout(this.#timer);
    log('WhisperLive is ready:', this.#uid, this.language ?? 'any language', this.task);
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#from = waiting.find((piece) => 'frame' in piece)?.at ?? this.#heard;
    // Of turns that began before the first sample there is no word in what waits.
    const told = new Set(waiting.flatMap((piece) => ('turn' in piece ? [piece.turn.id] : [])));
    for (const turn of this.#speaking()) if (!told.has(turn.id)) this.#send({ at: this.#from, turn });
    for (const piece of waiting) this.#send(piece);
    this.#began();
  }

  #again(why: string): void {
    if (this.#closed) return;
    const socket = this.#socket;
    this.#socket = null;
    this.#ready = false;
    socket?.close();
    log('WhisperLive:', why, '- again in', this.#retry, 'ms');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.open(), this.#retry);
    this.#retry = Math.min(this.#retry * 1.5, longestRetry);
  }

  /** A new session with these; what is heard meanwhile is sent to it. */
  reconfigure(language: string | null, task: SpeechTask): void {
    this.language = language;
    this.task = task;
    const socket = this.#socket;
    this.#socket = null;
    this.#ready = false;
    if (socket) this.#farewell(socket);
    this.open();
  }

  audio(frame: Float32Array): void {
    const piece = { at: this.#heard, frame };
    this.#heard += frame.length;
    this.#give(piece);
  }

  turn(turn: Turn): void {
    this.#give({ at: this.#heard - Math.round((turn.ago * sampleRate) / 1000), turn });
  }

  #give(piece: Piece): void {
    if (this.#closed) return;
    if (this.#ready) return this.#send(piece);
    this.#waiting.push(piece);
    while (this.#waiting.length > mostWaiting) this.#waiting.shift();
  }

  #send(piece: Piece): void {
    const socket = this.#socket;
    if (!socket || socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount > mostUnsent) return this.#again('the server takes nothing');
    const of = { platform: this.#config.platform, token: this.#config.token, meeting_id: this.#config.nativeMeetingId };
    if ('turn' in piece) {
      socket.send(wired({ type: 'speaker_activity', payload: { event_type: piece.turn.kind, participant_name: piece.turn.name,
        participant_id_meet: piece.turn.id, relative_client_timestamp_ms: Math.max(0, Math.round(((piece.at - this.#from) * 1000) / sampleRate)),
        uid: this.#uid, ...of, meeting_url: this.#config.meetingUrl.href } }));
      return;
    }
    socket.send(wired({ type: 'audio_chunk_metadata',
      payload: { length: piece.frame.length, sample_rate: sampleRate, client_timestamp_ms: Date.now() } }));
    socket.send(piece.frame);
    ++this.#sent;
  }

  #farewell(socket: WebSocket): void {
    if (socket.readyState !== WebSocket.OPEN) return socket.close();
    socket.send(wired({ type: 'session_control', payload: { event: 'LEAVING_MEETING', uid: this.#uid, client_timestamp_ms: Date.now(),
      token: this.#config.token, platform: this.#config.platform, meeting_id: this.#config.nativeMeetingId } }));
    socket.send(bye);
    // The server closes when it has what it waits for; one that does not is left.
    setTimeout(() => socket.close(), 3_000).unref();
  }

  /** Says that no more comes, and waits until the server has closed, at most `ms`. */
  async close(ms: number): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    if (!socket || socket.readyState !== WebSocket.OPEN) return socket?.close();
    const closed = new Promise<void>((resolve) => { socket.onclose = () => resolve(); });
    this.#farewell(socket);
    await Promise.race([closed, new Promise<void>((resolve) => setTimeout(resolve, ms).unref())]);
    socket.close();
  }
}
