// Fingers: a press to be compared, and the enrolment after a verified visit. No picture of a finger ever
// reaches the page.

const at = (id) => document.getElementById(id);

const FINGERS = {
  "right-thumb": ["Cái phải", "Right thumb"], "right-index": ["Trỏ phải", "Right index"],
  "right-middle": ["Giữa phải", "Right middle"], "right-ring": ["Nhẫn phải", "Right ring"],
  "right-little": ["Út phải", "Right little"], "left-thumb": ["Cái trái", "Left thumb"],
  "left-index": ["Trỏ trái", "Left index"], "left-middle": ["Giữa trái", "Left middle"],
  "left-ring": ["Nhẫn trái", "Left ring"], "left-little": ["Út trái", "Left little"],
  unknown: ["Không rõ ngón", "Not said which"],
};
const SOURCES = { chip: ["trong chip", "in the chip"], enrolled: ["đã lưu", "kept"] };

let desk = null;       // { call, attempt, session, receive, words }

function option(finger, source) {
  const made = document.createElement("option");
  made.value = finger;
  const from = SOURCES[source];
  const [vi, en] = FINGERS[finger] ?? [finger, finger];
  made.textContent = from ? `${vi} (${from[0]}) – ${en} (${from[1]})` : `${vi} – ${en}`;
  return made;
}

/** Fills a list once for what it shows; the choice stays. */
function fill(select, fingers) {
  const key = JSON.stringify(fingers);
  if (select.dataset.key === key) return;
  const chosen = select.value;
  select.dataset.key = key;
  select.replaceChildren(...fingers.map(([finger, source]) => option(finger, source)));
  if (fingers.some(([finger]) => finger === chosen)) select.value = chosen;
}

function tell(id, result, words, more = "") {
  const small = document.createElement("small");
  small.lang = "en";
  small.textContent = (words?.en ?? "") + more;
  at(id).dataset.result = result;
  at(id).replaceChildren(words ? `${words.vi} ` : "", small);
}

/** What the last capture came to: where it is, why it failed, or what the comparison says. */
function say(id, finger, check) {
  const { capture, fault } = finger;
  if (capture) {
    tell(id, "", capture.title, capture.percent === null ? "" : ` ${capture.percent}%`);
  } else if (fault) {
    const both = (language) => `${fault.sentence[language]} ${fault.next_action[language]}`;
    tell(id, "undetermined", { vi: both("vi"), en: both("en") });
  } else if (check?.result === "successful") {
    tell(id, "successful", { vi: "Vân tay khớp.", en: "The finger agrees." });
  } else if (check) {
    const reason = desk.words().reasons.get(check.reason);
    const both = (language) => `${reason.sentence[language]} ${reason.next_action[language]}`;
    tell(id, check.result, reason ? { vi: both("vi"), en: both("en") } : { vi: check.result, en: check.result });
  } else {
    tell(id, "", null);
  }
}

/** Shows what there is to do with fingers. */
export function renderFinger() {
  const session = desk.session();
  const finger = session?.finger ?? null;
  const comparing = session?.state === "biometrics" && finger !== null;
  at("finger").hidden = !comparing;
  if (comparing) {
    fill(at("finger-which"), finger.known.map((known) => [known.finger, known.source]));
    const busy = finger.capture !== null;
    at("finger-take").disabled = busy || finger.presses_left === 0;
    at("finger-which").disabled = busy;
    at("finger-leave").hidden = !busy;
    say("finger-said", finger, session.person?.checks.find((check) => check.id === "fingerprint"));
  }
  const enrolment = session && session.state !== "biometrics" ? finger?.enrolment ?? null : null;
  at("enrol").hidden = !enrolment;
  if (!enrolment) { at("enrol-consent").checked = false; return; }
  fill(at("enrol-which"), Object.keys(FINGERS).filter((name) => name !== "unknown").map((name) => [name, null]));
  if (enrolment.finger) at("enrol-which").value = enrolment.finger;
  else if (!at("enrol-which").dataset.chosen) { at("enrol-which").value = "right-index"; at("enrol-which").dataset.chosen = "yes"; }
  const open = enrolment.presses_left > 0;
  at("enrol-which").disabled = finger.capture !== null || (open && enrolment.presses > 0);
  at("enrol-take").disabled = finger.capture !== null || !at("enrol-consent").checked;
  if (finger.capture || finger.fault) say("enrol-said", finger, null);
  else tell("enrol-said", enrolment.state === "enrolled" ? "successful" : "", enrolment.title, enrolment.presses ? ` (${enrolment.presses})` : "");
}

const path = (part) => `/v1/sessions/${desk.session().id}/${part}`;
const send = (method, part, body) => desk.attempt(async () => desk.receive(await desk.call(method, path(part), body)));

/** A step of a capture, from the event stream. */
export function fingerMoved(finger) {
  const session = desk.session();
  if (!session) return;
  session.finger = finger;
  renderFinger();
}

/** Begins; `parts` is what the page shares. */
export function startFinger(parts) {
  desk = parts;
  at("finger-take").addEventListener("click", () => send("POST", "fingerprint", { finger: at("finger-which").value }));
  at("finger-leave").addEventListener("click", () => send("DELETE", "fingerprint"));
  at("enrol-consent").addEventListener("change", renderFinger);
  at("enrol-take").addEventListener("click", () => send("POST", "enrolment", { finger: at("enrol-which").value, consent: at("enrol-consent").checked }));
  at("enrol-forget").addEventListener("click", async () => {
    await send("DELETE", "enrolment");
    tell("enrol-said", "", { vi: "Đã xóa vân tay đã lưu của người này.", en: "What was kept of this person is erased." });
  });
}
