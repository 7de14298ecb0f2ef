// A browser without script: it keeps cookies by origin and follows redirects to the page where it ends.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { adminPassword } from './troupe.mjs';

export class PlainBrowser {
  jars = new Map();

  constructor(troupe, certificate) {
    this.troupe = troupe;
    this.certificate = certificate;
  }
  set(url, cookies) {
    const jar = this.jars.get(new URL(url).origin) ?? new Map();
    this.jars.set(new URL(url).origin, jar);
    for (const cookie of cookies) {
      const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/);
      if (/expires=Thu, 01 Jan 1970|max-age=0/i.test(cookie)) jar.delete(name);
      else jar.set(name, value);
    }
  }
  async go(url, method = 'GET', body = undefined) {
    for (let hops = 0; hops < 30; ++hops) {
      const answer = await this.ask(url, method, body);
      this.set(url, answer.headers['set-cookie'] ?? []);
      if (!answer.headers.location) return { url, ...answer };
      url = new URL(answer.headers.location, url).href;
      [method, body] = ['GET', undefined];
    }
    throw new Error(`led in a circle: ${url}`);
  }
  ask(url, method, body) {
    const cookie = [...(this.jars.get(new URL(url).origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(cookie && { cookie }), ...(body && { 'content-type': 'application/json' }) };
    const client = url.startsWith('https:') ? https : http;
    return new Promise((resolve, reject) => {
      const request = client.request(url, { method, headers, agent: false, ca: readFileSync(this.certificate) }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece) => { text += piece; });
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end(body);
    });
  }
  /** Signed in to the console. */
  static async ofAdmin(troupe, certificate) {
    const it = new PlainBrowser(troupe, certificate);
    const session = await it.go(`${troupe.platform}/api/v1/session`, 'POST', JSON.stringify({ user: 'admin', password: adminPassword }));
    assert.equal(session.status, 200, session.text);
    return it;
  }
  /** What pressing "Sign in" on a service's page is answered. */
  leave(service) {
    return this.go(`${this.troupe.platform}/api/v1/packs/${service}/sign-in`, 'POST', '{}');
  }
  async begin(service) {
    const begun = await this.leave(service);
    assert.equal(begun.status, 200, begun.text);
    return JSON.parse(begun.text);
  }
}
