// A simulated desk for tests: what comes with node alone. Copy this file into your tests.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** What the desk refused (RFC 9457): `code` is stable, `document` is all of it. */
export class Problem extends Error {
  constructor(document) {
    super(`${document.code}: ${document.title} ${document.detail ?? ''}`);
    this.code = document.code;
    this.document = document;
  }
}

/** A desk with simulated readers, cards, scanners and case system. */
export class SimulatedDesk {
  /** Starts one. It stops when its standard input closes: with this process, however it ends. */
  static async start({ readers = 1, program = process.env.CCCD_DESK ?? 'cccd-desk' } = {}) {
    const desk = new SimulatedDesk();
    const command = ['simulate', 'desk', '--control', '127.0.0.1:0', '--readers', `${readers}`];
    desk.process = spawn(program, command, { stdio: ['pipe', 'pipe', 'inherit'] });
    desk.ended = once(desk.process, 'exit');
    const lines = createInterface({ input: desk.process.stdout });
    const [line] = await Promise.race([
      once(lines, 'line'),
      desk.ended.then(([code]) => { throw new Error(`${program} does not start: exit code ${code}`); }),
    ]);
    desk.doors = JSON.parse(line);
    return desk;
  }

  async stop() {
    this.process.stdin.end();
    await this.ended;
  }

  async request(door, role, method, path, body) {
    const answer = await fetch(encodeURI(this.doors[door] + path), {
      method,
      headers: {
        Authorization: `Bearer ${this.doors.tokens[role]}`,
        'Content-Type': 'application/json',
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const document = await answer.json();
    if (!answer.ok) throw new Problem(document);
    return document;
  }

  /** A request to the desk, as the case system makes it. */
  desk(method, path, body) { return this.request('desk', 'case-system', method, path, body); }

  /** A request to what stands around the desk. */
  control(method, path, body) { return this.request('control', 'control', method, path, body); }

  /** Lays a card on a reader. */
  lay(persona, defects = [], reader = 'A') {
    return this.control('PUT', `/v1/readers/${reader}/card`, { persona, defects });
  }

  /** Opens a session on a reader; its identifier. */
  async openSession({ purpose = 'dossier-intake', reader = 'A', ...more } = {}) {
    const body = { purpose, reader: `Simulated Reader ${reader}`, ...more };
    return (await this.desk('POST', '/v1/sessions', body)).id;
  }

  /** Scans the code of a persona's card: the session on that reader takes it. */
  scan(persona, code = 'qr', reader = 'A') {
    return this.control('POST', `/v1/readers/${reader}/scan`, { persona, code });
  }

  /** The verdict of a session, once it stands; null where it ended without one. */
  async verdict(session) {
    for (let tries = 0; tries < 4; tries += 1) {
      const view = await this.desk('GET', `/v1/sessions/${session}?until=decided&within=15`);
      const over = ['decided', 'reported', 'expired', 'failed', 'cancelled'];
      if (over.includes(view.state)) return view.verdict;
    }
    throw new Error('the session takes too long');
  }

  /** The report of a session, once the case system has it: `jws` as it came, and `event`. */
  async report(session) {
    const path = `/v1/case-system/received?session=${session}&at_least=1&within=30`;
    return (await this.control('GET', path)).received[0];
  }
}
