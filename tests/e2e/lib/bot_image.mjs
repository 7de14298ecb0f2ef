// The meeting bot's own image (workers/meeting-bot/Dockerfile) on a container engine, told where the replicas of the platforms' pages are.
import { request } from 'node:http';

/** Speaks to the engine behind a socket: an answer's JSON. */
function engineAt(host) {
  return (method, path, body) => new Promise((resolve, reject) => {
    const asking = request({ socketPath: host.replace('unix://', ''), path: `/v1.41${path}`, method, headers: { host: 'engine', ...(body && { 'content-type': 'application/json' }) } }, (response) => {
      let text = '';
      response.on('data', (piece) => { text += piece; });
      response.on('end', () => (response.statusCode < 300 ? resolve(text && JSON.parse(text)) : reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`))));
    });
    asking.on('error', reject);
    asking.end(body && JSON.stringify(body));
  });
}

export class BotImage {
  /** `image`: as it was built. Yields one of the same with a variable more, which is removed again by drop(). */
  static async knowing(host, image, origin) {
    const made = new BotImage();
    made.host = host;
    made.ask = engineAt(host);
    made.name = `${image.split(':')[0]}:replicas-${process.pid}`;
    const { Id: container } = await made.ask('POST', '/containers/create', { Image: image });
    const [repo, tag] = made.name.split(':');
    await made.ask('POST', `/commit?container=${container}&repo=${repo}&tag=${tag}&changes=${encodeURIComponent(`ENV MEETING_BOT_TEST_ORIGIN=${origin}`)}`, {});
    await made.ask('DELETE', `/containers/${container}?force=1&v=1`);
    return made;
  }
  /** What Troupe is told of it: containers share the machine's network, so its listeners on the loopback interface are theirs. */
  get env() {
    return { ORCHESTRATOR: 'docker', DOCKER_HOST: this.host, DOCKER_NETWORK: 'host', BOT_IMAGE_NAME: this.name,
      TROUPE_MEETINGS_BOT_DRIVER_CONFIG: JSON.stringify({ shm_mb: 512, cap_drop: ['ALL'], pull: 'never' }), TROUPE_MEETINGS_BOT_MEMORY_MIB: '2048' };
  }
  /** The names of what this installation of Troupe has there: containers and volumes. */
  async left(instance) {
    const containers = await this.ask('GET', `/containers/json?all=1&filters=${encodeURIComponent(JSON.stringify({ label: [`troupe.instance=${instance}`] }))}`);
    const { Volumes: volumes } = await this.ask('GET', `/volumes?filters=${encodeURIComponent(JSON.stringify({ name: [`troupe-${instance}-`] }))}`);
    return [...containers.map((one) => one.Names[0]), ...(volumes ?? []).map((one) => one.Name)];
  }
  async drop() {
    await this.ask('DELETE', `/images/${this.name}?force=1`);
  }
}
