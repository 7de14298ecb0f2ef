// One LiveKit server that members of the call are at. Nothing is published; of what others publish nothing is subscribed to but
// the microphone of a member who may be heard.
import { type RemoteParticipant, type RemoteTrack, type RemoteTrackPublication, Room, RoomEvent, Track } from 'livekit-client';
import type { Surroundings } from './call.ts';
import type { WayIn } from './focus.ts';
import type { FrameKeys } from './frame_keys.ts';
import type { Sounds } from './sounds.ts';

const mostTries = 6;
const firstPause = 1_000;

export interface Ears {
  /** Whose device this is there; null: nobody's who is a member of the call. */
  personOf(identity: string): string | null;
  readonly encrypted: boolean;
  readonly keys: FrameKeys;
  readonly sounds: Sounds;
  readonly around: Surroundings;
}

export class LivekitRoom {
  readonly #room: Room;
  readonly #ears: Ears;
  readonly #wayIn: () => Promise<WayIn>;
  readonly #worker: Worker | null;
  /** What the server was asked for last: it sends nothing unasked. */
  readonly #asked = new WeakMap<RemoteTrackPublication, boolean>();
  #left = false;

  constructor(ears: Ears, wayIn: () => Promise<WayIn>) {
    this.#ears = ears;
    this.#wayIn = wayIn;
    this.#worker = ears.encrypted ? new Worker('/livekit_worker.js', { type: 'module' }) : null;
    // Two connections, one for each direction: every server knows them, and older ones answer nothing else for 15 seconds.
    this.#room = new Room({ adaptiveStream: false, dynacast: false, singlePeerConnection: false, ...(this.#worker && { e2ee: { keyProvider: ears.keys, worker: this.#worker } }) });
    const look = (): void => this.look();
    this.#room.on(RoomEvent.TrackPublished, look).on(RoomEvent.ParticipantConnected, look)
      .on(RoomEvent.TrackSubscribed, (track, publication, participant) => this.#hear(track, publication, participant))
      .on(RoomEvent.TrackUnsubscribed, (track) => ears.sounds.remove(track.mediaStreamTrack.id))
      .on(RoomEvent.EncryptionError, () => {}) // frames before their key: told by silence, and thousands of them
      .on(RoomEvent.Disconnected, () => void this.#again());
  }

  async connect(): Promise<void> {
    const { url, jwt } = await this.#wayIn();
    if (this.#worker) await this.#room.setE2EEEnabled(true);
    // No servers that tell one's own address: LiveKit names some on the internet where it has none, and it is reached without.
    await this.#room.connect(url, jwt, { autoSubscribe: false, maxRetries: 1, rtcConfig: { iceServers: [] } });
    this.look();
  }

  /** Subscribes to what may be heard, and to nothing else. */
  look(): void {
    for (const participant of this.#room.remoteParticipants.values()) {
      for (const publication of participant.trackPublications.values() as Iterable<RemoteTrackPublication>) {
        const wanted = this.#wants(publication, participant);
        if (!wanted && publication.track) this.#ears.sounds.remove(publication.track.mediaStreamTrack.id);
        if ((this.#asked.get(publication) ?? false) === wanted) continue;
        this.#asked.set(publication, wanted);
        publication.setSubscribed(wanted);
      }
    }
  }

  #wants(publication: RemoteTrackPublication, participant: RemoteParticipant): boolean {
    const person = this.#ears.personOf(participant.identity);
    if (person === null || publication.source !== Track.Source.Microphone || !this.#ears.around.mayBeHeard(person)) return false;
    // What comes in the clear into an encrypted call is nobody's word: the server could have made it.
    return !this.#ears.encrypted || publication.isEncrypted;
  }

  #hear(track: RemoteTrack, publication: RemoteTrackPublication, participant: RemoteParticipant): void {
    const person = this.#ears.personOf(participant.identity);
    if (person === null || track.kind !== Track.Kind.Audio || !this.#wants(publication, participant)) return;
    void this.#ears.sounds.add(person, track.mediaStreamTrack);
  }

  async #again(): Promise<void> {
    for (let tries = 0; !this.#left && tries < mostTries; ++tries) {
      await new Promise((resolve) => setTimeout(resolve, firstPause * 2 ** tries));
      if (this.#left) return;
      try {
        return await this.connect();
      } catch (error) {
        this.#ears.around.log(`LiveKit: ${String(error)}`);
      }
    }
    if (!this.#left) this.#ears.around.over('page_lost', 'the LiveKit server is away');
  }

  async leave(): Promise<void> {
    this.#left = true;
    await this.#room.disconnect();
    this.#worker?.terminate();
  }
}
