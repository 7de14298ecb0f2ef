// A call of the replicas: everybody has a WebRTC connection to everybody else. Whoever comes offers to those who are there.
export class Call extends EventTarget {
  where = 'outside';
  people = [];
  lines = [];
  streams = new Map();
  speaking = new Set();
  #links = new Map();
  #microphone = null;

  constructor(room) {
    super();
    this.room = room;
  }

  async #post(path, body) {
    const answer = await fetch(`/replica/${path}?room=${encodeURIComponent(this.room)}&id=${this.id ?? ''}`, { method: 'POST', body: JSON.stringify(body) });
    return answer.json();
  }

  async join(name, { host = false } = {}) {
    this.#microphone = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
    this.id = (await this.#post('join', { name, host })).id;
    this.events = new EventSource(`/replica/events?room=${encodeURIComponent(this.room)}&id=${this.id}`);
    this.events.onmessage = ({ data }) => this.#hear(JSON.parse(data));
  }
  say(text) { return this.#post('say', { text }); }
  async leave() {
    await this.#post('leave', {});
    this.events?.close();
    this.#show({ where: 'left', people: [], lines: [] });
  }

  #hear(message) {
    if (message.type === 'signal') this.#signal(message.from, message.signal).catch(console.error);
    else this.#show(message);
  }
  #show({ where, people, lines }) {
    const came = this.where !== 'in_call' && where === 'in_call';
    Object.assign(this, { where, people: people.map((one) => ({ ...one, self: one.id === this.id })), lines });
    if (came) for (const one of people) if (one.id !== this.id && !one.puppet) this.#offer(one.id).catch(console.error);
    for (const [id, link] of this.#links) {
      if (people.some((one) => one.id === id)) continue;
      link.close();
      this.#links.delete(id);
      this.streams.delete(id);
      this.speaking.delete(id);
    }
    this.dispatchEvent(new Event('change'));
  }

  #link(id) {
    if (this.#links.has(id)) return this.#links.get(id);
    const link = new RTCPeerConnection();
    this.#links.set(id, link);
    for (const track of this.#microphone.getTracks()) link.addTrack(track, this.#microphone);
    link.onicecandidate = ({ candidate }) => { if (candidate) this.#post('signal', { to: id, signal: { candidate } }); };
    link.ontrack = ({ streams: [stream] }) => {
      this.streams.set(id, stream);
      const element = document.createElement('audio');
      element.srcObject = stream;
      element.autoplay = true;
      document.body.append(element);
      this.#watch(id, stream);
      this.dispatchEvent(new Event('change'));
    };
    return link;
  }
  async #offer(id) {
    const link = this.#link(id);
    await link.setLocalDescription();
    await this.#post('signal', { to: id, signal: { description: link.localDescription } });
  }
  async #signal(from, { description, candidate }) {
    const link = this.#link(from);
    if (candidate) {
      if (link.remoteDescription) return link.addIceCandidate(candidate);
      (link.early ??= []).push(candidate);
      return;
    }
    await link.setRemoteDescription(description);
    for (const one of link.early ?? []) await link.addIceCandidate(one);
    link.early = [];
    if (description.type !== 'offer') return;
    await link.setLocalDescription();
    await this.#post('signal', { to: from, signal: { description: link.localDescription } });
  }

  /** Who speaks, as platforms show it. */
  #watch(id, stream) {
    const context = new AudioContext(), meter = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(meter);
    const heard = new Float32Array(meter.fftSize);
    const timer = setInterval(() => {
      if (!this.streams.has(id)) {
        clearInterval(timer);
        context.close();
        return;
      }
      meter.getFloatTimeDomainData(heard);
      const loud = heard.some((sample) => Math.abs(sample) > 0.02);
      if (loud === this.speaking.has(id)) return;
      if (loud) this.speaking.add(id);
      else this.speaking.delete(id);
      this.dispatchEvent(new Event('change'));
    }, 150);
  }
}
