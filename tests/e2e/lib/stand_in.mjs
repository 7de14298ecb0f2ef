// A stand-in of a brain as a process of its own: killed and started again on the same port.
import { fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { freePort } from './ports.mjs';

const program = join(import.meta.dirname, '../programs/stand_in.mjs');

/** Emits the stages of its answers: asked, writing, promised, done, refused, each with the question. */
export class StandIn extends EventEmitter {
  /** kind: flowise, openai, webhook; the options are those of its class. */
  static async start(kind, options = {}) {
    const server = new StandIn();
    server.kind = kind;
    server.options = { port: await freePort(), ...options };
    await server.launch();
    return server;
  }
  get base() { return `http://127.0.0.1:${this.options.port}`; }

  async launch() {
    this.process = fork(program, [this.kind, JSON.stringify(this.options)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.exited = new Promise((r) => this.process.once('exit', r));
    await new Promise((yes, no) => {
      this.process.on('message', (message) => (message.ready ? yes() : this.emit(message.stage, message.question)));
      this.process.once('exit', (code) => no(new Error(`the stand-in for ${this.kind} ended with ${code}`)));
    });
  }
  async kill() {
    this.process.kill('SIGKILL');
    await this.exited;
  }
  stop() { return this.kill(); }
}
