// Stands in for a mail relay: takes mails over SMTP on loopback, and refuses, hangs or dies where it is told to.
import { createServer } from 'node:net';

export class Relay {
  /** `answers` by command (MAIL, RCPT, DATA, END): a line in place of a yes, or 'die'. May be changed at any time; `refused`
      counts the times that one of them was given: a connection alone says nothing about what was answered. */
  static async start() {
    const relay = Object.assign(new Relay(), { mails: [], answers: {}, sockets: new Set(), refused: 0 });
    relay.server = createServer((socket) => relay.serve(socket));
    await new Promise((r) => relay.server.listen(0, '127.0.0.1', r));
    relay.port = relay.server.address().port;
    return relay;
  }

  /** The environment of a server that sends its mails here. */
  get env() {
    return { TROUPE_SMTP_HOST: '127.0.0.1', TROUPE_SMTP_PORT: String(this.port), TROUPE_SMTP_FROM: 'Troupe <troupe@example.org>' };
  }

  /** Mails for somebody. */
  to(address) { return this.mails.filter((mail) => mail.to === address); }

  serve(socket) {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    let left = '';
    let text = null;
    let mail = {};
    const say = (command, yes) => {
      const answer = this.answers[command] ?? yes;
      if (answer === 'die') socket.destroy();
      else socket.write(`${answer}\r\n`);
      if (answer !== yes) this.refused++;
      return answer === yes;
    };
    const take = (line) => {
      if (text !== null) {
        if (this.answers.MIDDLE) {
          this.refused++;
          return socket.destroy();
        }
        if (line !== '.') return text.push(line.startsWith('..') ? line.slice(1) : line);
        mail.text = text.join('\n');
        text = null;
        if (say('END', '250 taken over')) this.mails.push(mail);
        return undefined;
      }
      const [command] = line.toUpperCase().split(/[ :]/);
      if (command === 'EHLO') return socket.write('250-relay.example.org\r\n250 8BITMIME\r\n');
      if (command === 'MAIL') mail = { from: line.match(/<(.*?)>/)[1] };
      if (command === 'RCPT') mail.to = line.match(/<(.*?)>/)[1];
      if (command === 'DATA') {
        if (say('DATA', '354 go on')) text = [];
        return undefined;
      }
      if (command === 'QUIT') return socket.end('221 bye\r\n');
      return say(command, '250 fine');
    };
    socket.write('220 relay.example.org\r\n');
    socket.on('data', (piece) => {
      left += piece;
      for (let end; (end = left.indexOf('\r\n')) >= 0;) {
        const line = left.slice(0, end);
        left = left.slice(end + 2);
        take(line);
      }
    });
  }

  async stop() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((r) => this.server.close(r));
  }
}

/** The first link of a mail. */
export function linkOf(mail) {
  return mail.text.match(/https?:\/\/\S+/)?.[0];
}
