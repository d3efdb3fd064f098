// What a case system's tests can look like. `CCCD_DESK` names the program; else it is in the path.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Problem, SimulatedDesk } from './cccd_desk_sim.mjs';
import { NotVerified, verified } from './verify_report.mjs';

let desk;
beforeEach(async () => { desk = await SimulatedDesk.start(); });
afterEach(() => desk.stop());

test('the confirmed number arrives', async () => {
  await desk.lay('adult-man');
  const session = await desk.openSession({ case_ref: 'HS-2026-001' });
  await desk.scan('adult-man');
  assert.equal((await desk.verdict(session)).verdict, 'verified');
  const { event } = await desk.report(session);
  assert.equal(event.data.personal_number, '001090000001');
});

/** Lays a card, opens a session, scans the code; the session and its verdict. */
async function read(persona, ...defects) {
  await desk.lay(persona, defects);
  const session = await desk.openSession();
  await desk.scan(persona);
  return [session, await desk.verdict(session)];
}

for (const [defect, verdict, reason] of [
  ['lso-dg-hash-bad', 'not_verified', 'dg-hash-mismatch'],
  ['dsc-revoked', 'not_verified', 'dsc-revoked'],
  ['link-card-removed', 'unreadable', 'card-removed'],
]) {
  test(`a card that is not good names its reason: ${defect}`, async () => {
    const [, met] = await read('adult-man', defect);
    assert.deepEqual([met.verdict, met.reason, met.personal_number], [verdict, reason, null]);
  });
}

test('a card that is lifted and laid back is read on', async () => {
  await desk.lay('adult-woman');
  await desk.control('POST', '/v1/readers/A/card/tear', { at: 12, back: true });
  const session = await desk.openSession();
  await desk.scan('adult-woman');
  assert.equal((await desk.verdict(session)).verdict, 'verified');
});

test('a desk whose clock is wrong confirms nothing', async () => {
  await desk.control('PUT', '/v1/clock', { now: '2015-01-01T08:00:00Z' });
  const [, met] = await read('adult-man');
  assert.notEqual(met.verdict, 'verified');
});

test('a report waits for a case system that is down', async () => {
  await desk.control('PUT', '/v1/case-system', { fault: 'unavailable' });
  const [session, met] = await read('adult-man');
  assert.equal(met.verdict, 'verified');
  await desk.control('PUT', '/v1/case-system', { fault: 'none' });
  await desk.control('PUT', '/v1/clock', { advance_seconds: 3600 }); // the next attempt is due
  assert.equal((await desk.report(session)).deliveries, 1);
});

test('a report is verified with the pinned key, and a changed one is not', async () => {
  const [session] = await read('elder-no-expiry');
  const keys = await desk.desk('GET', '/v1/keys');
  const { jws } = await desk.report(session);
  const event = await verified(jws, keys);
  assert.equal(event.type, 'identity.confirmed');
  assert.equal(event.data.test, true); // a real case system refuses this one
  const [head, payload, signature] = jws.split('.');
  const other = payload.slice(0, 40) + (payload[40] === 'A' ? 'B' : 'A') + payload.slice(41);
  await assert.rejects(verified(`${head}.${other}.${signature}`, keys), NotVerified);
  await assert.rejects(verified(`${head}.${payload}`, keys), NotVerified);
  await assert.rejects(verified(jws, { keys: [] }), NotVerified);
});

test('a wrong name is refused with the right ones', async () => {
  await assert.rejects(desk.lay('adult-mann'), (refused) => refused instanceof Problem
    && refused.code === 'unknown-persona' && refused.document.known.includes('adult-man'));
});
