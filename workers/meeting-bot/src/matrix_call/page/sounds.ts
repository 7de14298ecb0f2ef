// One stream of sound for each person, mixed of their devices: silence too, so that its time goes on.

export class Sounds {
  readonly #samples: number;
  readonly #context: AudioContext;
  readonly #ready: Promise<void>;
  /** All who are heard, for a recorder. */
  readonly #together: MediaStreamAudioDestinationNode;
  readonly #people = new Map<string, { readonly node: AudioWorkletNode; readonly tracks: Map<string, () => void> }>();
  readonly #wanted = new Map<string, { readonly person: string; readonly track: MediaStreamTrack }>();

  constructor(rate: number, samples: number, worklet: string) {
    this.#samples = samples;
    this.#context = new AudioContext({ sampleRate: rate });
    this.#together = this.#context.createMediaStreamDestination();
    // Where nothing is connected nothing flows: a recorder would stand still while nobody is heard.
    const silence = new ConstantSourceNode(this.#context, { offset: 0 });
    silence.connect(this.#together);
    silence.start();
    const code = URL.createObjectURL(new Blob([worklet], { type: 'text/javascript' }));
    this.#ready = this.#context.audioWorklet.addModule(code).then(() => this.#context.resume()).finally(() => URL.revokeObjectURL(code));
  }

  async add(person: string, track: MediaStreamTrack): Promise<void> {
    if (this.#wanted.has(track.id)) return;
    this.#wanted.set(track.id, { person, track });
    await this.#ready;
    if (!this.#wanted.has(track.id)) return; // taken away meanwhile
    const stream = new MediaStream([track]);
    // Chromium gives WebAudio nothing but silence of a remote track that no media element plays.
    const element = new Audio();
    element.muted = true;
    element.srcObject = stream;
    element.play().catch(() => {}); // it is cut off by the next line's other side when the track goes at once
    const source = this.#context.createMediaStreamSource(stream);
    const { node, tracks } = this.#person(person);
    source.connect(node);
    source.connect(this.#together);
    tracks.set(track.id, () => {
      source.disconnect();
      element.srcObject = null;
    });
  }

  remove(track: string): void {
    const wanted = this.#wanted.get(track);
    this.#wanted.delete(track);
    const person = wanted && this.#people.get(wanted.person);
    person?.tracks.get(track)?.();
    person?.tracks.delete(track);
  }

  /** Not a sample more of this person: what is half a frame goes too. */
  drop(person: string): void {
    for (const [track, wanted] of this.#wanted) if (wanted.person === person) this.remove(track);
    const known = this.#people.get(person);
    this.#people.delete(person);
    if (!known) return;
    known.node.port.onmessage = null;
    known.node.disconnect();
  }

  mixed(): MediaStream {
    return this.#together.stream;
  }

  people(): string[] {
    return [...this.#people.keys()];
  }

  /** Whose sound is taken. */
  has(person: string): boolean {
    return this.#people.has(person);
  }

  stop(): void {
    for (const person of [...this.#people.keys()]) this.drop(person);
    this.#wanted.clear();
    void this.#context.close();
  }

  #person(id: string): { node: AudioWorkletNode; tracks: Map<string, () => void> } {
    const known = this.#people.get(id);
    if (known) return known;
    const node = new AudioWorkletNode(this.#context, 'meeting-bot', { processorOptions: { samples: this.#samples }, channelCount: 1, channelCountMode: 'explicit' });
    node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
      const bytes = new Uint8Array(data.buffer);
      let binary = '';
      for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
      window.__matrixCallSound?.(id, btoa(binary));
    };
    node.connect(this.#context.destination); // it plays nothing; unconnected it would not run
    const made = { node, tracks: new Map<string, () => void>() };
    this.#people.set(id, made);
    return made;
  }
}

/** The bot's microphone, wherever a library insists on one: silent, and there is no camera. */
export function useSilentMicrophone(): void {
  let silent: MediaStream | null = null;
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    if (!wanted?.audio) throw new DOMException('There is no camera.', 'NotFoundError');
    silent ??= new AudioContext().createMediaStreamDestination().stream;
    return silent.clone();
  };
  const microphone = { deviceId: 'silence', groupId: '', kind: 'audioinput', label: '', toJSON: () => ({}) } as const;
  navigator.mediaDevices.enumerateDevices = async () => [microphone];
}
