// The comparison with the person in front: the camera, the turns of the head, the clerk's look. Pictures
// go to the desk and nowhere else, and stay in no variable longer than a request.

const at = (id) => document.getElementById(id);

/** Still pictures of one comparison, and the milliseconds between them. */
const STILLS = 3, BETWEEN = 250;
/** Pictures of a movement: five a second. */
const STEP = 200;
const QUALITY = 0.92;
const SHUTTERS = ["shoot", "turn", "desk-shoot", "desk-turn"];

let desk = null;       // { call, attempt, session, receive, words, cameras }
let stream = null;     // shows pictures: there is nothing to take before
let opening = false;

const wanted = (check) => desk.session()?.person?.wanted.includes(check) ?? false;

/** Shows whether the case may go on although the verdict is open, and who said so. */
function renderOverride(session) {
  const made = session?.override ?? null;
  at("override").hidden = !session?.may_override && !made;
  at("override-go").hidden = at("override-why").hidden = made !== null;
  if (made) {
    at("override-why").value = "";
    write("override-said", "successful", { vi: "Đã ghi lý do; kết luận không đổi.", en: "The reason is recorded; the verdict stays." });
  } else {
    at("override-said").replaceChildren();
  }
}

/** Shows what the session waits for. */
export function renderCompare() {
  const session = desk.session();
  const person = session?.state === "biometrics" ? session.person : null;
  renderOverride(session);
  at("compare").hidden = !person;
  if (!person) { closeCamera(); at("compare-said").replaceChildren(); return; }
  const picture = at("compare-portrait");
  if (session.portrait && picture.getAttribute("src") !== session.portrait) picture.src = session.portrait;
  if (!session.portrait) picture.removeAttribute("src");
  const face = wanted("face");
  at("camera-buttons").hidden = !face;
  at("camera-start").hidden = stream !== null;
  at("shoot").hidden = at("turn").hidden = stream === null;
  at("desk-shoot").hidden = at("desk-turn").hidden = desk.cameras().length === 0;
  for (const id of SHUTTERS) at(id).disabled = person.comparing;
  const last = person.checks.find((check) => check.id === "face");
  at("compare").dataset.face = last?.result ?? "";
  if (last?.result === "successful") tell("successful", { vi: "Khuôn mặt khớp ảnh trong chip.", en: "The face agrees with the portrait in the chip." });
  // Where there is no camera to compare with, and none is demanded, the clerk's look is all.
  else if (last && (last.result !== "not_performed" || person.mandatory.includes("face"))) say(last);
}

/** What a comparison said, in the words of the catalogue. */
function say(check) {
  const reason = desk.words().reasons.get(check.reason);
  const why = check.facts?.why ? ` (${check.facts.why})` : "";
  tell(check.result, reason?.sentence ?? { vi: check.result, en: check.result }, why);
}
function tell(result, words, more = "") { write("compare-said", result, words, more); }
function write(id, result, { vi, en }, more = "") {
  const small = document.createElement("small");
  small.lang = "en";
  small.textContent = en + more;
  at(id).dataset.result = result;
  at(id).replaceChildren(`${vi} `, small);
}

async function openCamera() {
  if (opening || stream) return;
  opening = true;
  let opened = null;
  try {
    opened = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720 }, audio: false });
    at("live").srcObject = opened;
    await at("live").play();
  } catch (error) {
    opened?.getTracks().forEach((track) => track.stop());
    opened = null;
    tell("undetermined", { vi: "Không mở được máy ảnh.", en: `The camera cannot be opened: ${error.name}.` });
  }
  opening = false;
  stream = opened;
  renderCompare();
}
function closeCamera() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  at("live").srcObject = null;
}
const cameraName = () => stream?.getVideoTracks()[0]?.label ?? null;

/** The picture of this moment, as base64 of a JPEG. */
async function frame() {
  const video = at("live");
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let binary = "";
  for (let from = 0; from < bytes.length; from += 32768) binary += String.fromCharCode(...bytes.subarray(from, from + 32768));
  return btoa(binary);
}
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function send(body, said = { vi: "Đang so khuôn mặt.", en: "Comparing." }) {
  const id = desk.session().id;
  tell("", said);
  for (const shutter of SHUTTERS) at(shutter).disabled = true;
  await desk.attempt(async () => desk.receive(await desk.call("POST", `/v1/sessions/${id}/face`, { camera: cameraName(), ...body })));
  renderCompare();
}

async function shoot() {
  const pictures = [];
  for (let count = 0; count < STILLS; count++) {
    pictures.push(await frame());
    await pause(BETWEEN);
  }
  await send({ pictures });
}

const WAYS = { left: ["trái", "left"], right: ["phải", "right"] };
async function turn() {
  const id = desk.session().id;
  const asked = await desk.attempt(() => desk.call("POST", `/v1/sessions/${id}/challenge`));
  if (!asked) return;
  const began = performance.now();
  const list = (language) => asked.turns.map((way) => WAYS[way][language]).join(", ");
  const frames = [];
  const most = (asked.seconds - 1) * 1000;
  for (;;) {
    const at_ms = Math.round(performance.now() - began);
    if (at_ms >= most) break;
    const left = Math.ceil((most - at_ms) / 1000);
    tell("", {
      vi: `Nhìn thẳng, rồi quay đầu ${list(0)}, mỗi lần quay lại nhìn thẳng (còn ${left} giây).`,
      en: `Face the camera, then turn the head ${list(1)}, each time back to the front (${left} s).`,
    });
    frames.push({ at_ms, picture: await frame() });
    await pause(Math.max(0, STEP - (performance.now() - began - at_ms)));
  }
  await send({ challenge: asked.nonce, frames });
}

/** The desk's own camera: the desk takes the pictures, and this page sees none of them. */
const deskShoot = () => send({ from: "desk", camera: null }, { vi: "Máy ảnh của quầy đang chụp.", en: "The desk's camera takes pictures." });
async function deskTurn() {
  const id = desk.session().id;
  const asked = await desk.attempt(() => desk.call("POST", `/v1/sessions/${id}/challenge`));
  if (!asked) return;
  const list = (language) => asked.turns.map((way) => WAYS[way][language]).join(", ");
  await send({ from: "desk", camera: null, challenge: asked.nonce }, {
    vi: `Nhìn thẳng, rồi quay đầu ${list(0)}, mỗi lần quay lại nhìn thẳng, trong ${asked.seconds} giây.`,
    en: `Face the camera, then turn the head ${list(1)}, each time back to the front, within ${asked.seconds} s.`,
  });
}

async function attest(body) {
  const id = desk.session().id;
  await desk.attempt(async () => desk.receive(await desk.call("POST", `/v1/sessions/${id}/attestation`, body)));
}

/** Begins; `parts` is what the page shares. */
export function startCompare(parts) {
  desk = parts;
  at("camera-start").addEventListener("click", openCamera);
  at("shoot").addEventListener("click", shoot);
  at("turn").addEventListener("click", turn);
  at("desk-shoot").addEventListener("click", deskShoot);
  at("desk-turn").addEventListener("click", deskTurn);
  for (const look of ["yes", "no", "unsure"]) at(`look-${look}`).addEventListener("click", () => attest({ look }));
  at("override-go").addEventListener("click", () => attest({ override: at("override-why").value }));
  at("compare-done").addEventListener("click", () => attest({ done: true }));
}
