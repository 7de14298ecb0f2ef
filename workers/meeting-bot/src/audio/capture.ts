// What runs inside the call's page, before its own scripts: it learns of every remote audio track, mixes them at 16 kHz and
// hands the sound out. The function is sent to the page as text: it may use nothing from outside itself.

/** Where a platform's sound is to be found. */
export interface CaptureWays {
  /** Remote tracks of the page's WebRTC connections. */
  readonly tracks: boolean;
  /** Streams on the page's media elements. */
  readonly elements: boolean;
  /** What the page itself plays through WebAudio. */
  readonly contexts: boolean;
}

export interface Level {
  /** The track's id, and the id of its stream. */
  readonly track: string;
  readonly stream: string;
  /** The greatest root mean square since the last look, 0 to 1. */
  readonly level: number;
}

export interface Capture {
  /** `worklet`: the code that hands out frames. */
  start(rate: number, samples: number, worklet: string): Promise<void>;
  stop(): void;
  levels(): Level[];
  /** All of it together, for a recorder; null: it is not started. */
  mixed(): MediaStream | null;
}

declare global {
  interface Window {
    __meetingBot?: Capture;
    __meetingBotFrame?: (base64: string) => void;
    webkitRTCPeerConnection?: typeof RTCPeerConnection;
  }
}

export function installCapture(ways: CaptureWays): void {
  if (window.__meetingBot || !window.isSecureContext) return;
  interface Source {
    track: MediaStreamTrack;
    stream: string;
    level: number;
    join(): void;
    drop(): void;
  }
  const mostSources = 256;
  const sources = new Map<string, Source>();
  const own = new Set<string>();
  const timers: ReturnType<typeof setInterval>[] = [];
  let context: AudioContext | null = null;
  let mixer: AudioNode | null = null;
  let together: MediaStreamAudioDestinationNode | null = null;

  const add = (track: MediaStreamTrack, stream: string): void => {
    if (track.kind !== 'audio' || own.has(track.id) || sources.has(track.id) || sources.size >= mostSources) return;
    let drop = (): void => {};
    const source: Source = {
      track, stream, level: 0,
      join() {
        if (!context || !mixer) return;
        const alone = new MediaStream([track]);
        // Chromium gives WebAudio nothing but silence of a remote track that no media element plays.
        const element = new Audio();
        element.muted = true;
        element.srcObject = alone;
        element.play().catch(() => {});
        const node = context.createMediaStreamSource(alone);
        const meter = context.createAnalyser();
        meter.fftSize = 2048;
        node.connect(meter);
        node.connect(mixer);
        if (together) node.connect(together);
        const heard = new Float32Array(meter.fftSize);
        const timer = setInterval(() => {
          meter.getFloatTimeDomainData(heard);
          let sum = 0;
          for (const sample of heard) sum += sample * sample;
          source.level = Math.max(source.level, Math.sqrt(sum / heard.length));
        }, 100);
        drop = () => {
          clearInterval(timer);
          node.disconnect();
          element.srcObject = null;
        };
      },
      drop: () => drop(),
    };
    sources.set(track.id, source);
    track.addEventListener('ended', () => {
      source.drop();
      sources.delete(track.id);
    });
    source.join();
  };

  if (ways.tracks && window.RTCPeerConnection) {
    const Native = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Native {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        this.addEventListener('track', (event) => add(event.track, event.streams[0]?.id ?? ''));
        // A connection that is closed tells its tracks nothing.
        this.addEventListener('connectionstatechange', () => { if (this.connectionState === 'closed') forget(this); });
      }
      override close(): void {
        forget(this);
        super.close();
      }
    };
    window.webkitRTCPeerConnection = window.RTCPeerConnection;
  }
  const forget = (connection: RTCPeerConnection): void => {
    for (const { track } of connection.getReceivers()) {
      sources.get(track.id)?.drop();
      sources.delete(track.id);
    }
  };

  if (ways.contexts) {
    const taps = new WeakMap<BaseAudioContext, MediaStreamAudioDestinationNode>();
    const connect = AudioNode.prototype.connect as (this: AudioNode, ...to: unknown[]) => unknown;
    AudioNode.prototype.connect = function (this: AudioNode, ...to: unknown[]) {
      if (to[0] instanceof AudioDestinationNode && this.context !== context && this.context instanceof AudioContext) {
        let tap = taps.get(this.context);
        if (!tap) {
          tap = this.context.createMediaStreamDestination();
          taps.set(this.context, tap);
          for (const track of tap.stream.getAudioTracks()) add(track, 'page');
        }
        connect.call(this, tap);
      }
      return connect.apply(this, to);
    } as typeof AudioNode.prototype.connect;
  }

  // The bot has a microphone that is silent, and no camera: pages that insist on one find it, and nobody hears a beep.
  if (navigator.mediaDevices) {
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      if (!wanted?.audio) throw new DOMException('There is no camera.', 'NotFoundError');
      const silent = new AudioContext().createMediaStreamDestination().stream;
      for (const track of silent.getTracks()) own.add(track.id);
      return silent;
    };
  }

  const lookAtElements = (): void => {
    for (const element of document.querySelectorAll<HTMLMediaElement>('audio, video')) {
      const stream = element.srcObject;
      if (!(stream instanceof MediaStream) || element.muted) continue;
      for (const track of stream.getAudioTracks()) add(track, stream.id);
    }
  };

  window.__meetingBot = {
    async start(rate, samples, worklet) {
      if (context) return;
      context = new AudioContext({ sampleRate: rate });
      const code = URL.createObjectURL(new Blob([worklet], { type: 'text/javascript' }));
      await context.audioWorklet.addModule(code);
      URL.revokeObjectURL(code);
      const node = new AudioWorkletNode(context, 'meeting-bot', { processorOptions: { samples }, channelCount: 1, channelCountMode: 'explicit' });
      node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
        const bytes = new Uint8Array(data.buffer);
        let binary = '';
        for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
        window.__meetingBotFrame?.(btoa(binary));
      };
      node.connect(context.destination); // it plays nothing; unconnected it would not run
      mixer = node;
      together = context.createMediaStreamDestination();
      await context.resume();
      for (const source of sources.values()) source.join();
      if (ways.elements) timers.push(setInterval(lookAtElements, 1000));
    },
    stop() {
      for (const timer of timers) clearInterval(timer);
      for (const source of sources.values()) source.drop();
      void context?.close();
      context = mixer = together = null;
    },
    mixed() {
      return together?.stream ?? null;
    },
    levels() {
      return [...sources.values()].map((source) => {
        const { level } = source;
        source.level = 0;
        return { track: source.track.id, stream: source.stream, level };
      });
    },
  };
}
