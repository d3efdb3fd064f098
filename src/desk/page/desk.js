// The page of the desk: shows what the server says, and sends what the clerk scans.
// Words about reasons, checks and errors come from the server; nothing of a person is kept here
// longer than it is shown.

import { renderCompare, startCompare } from "/page/person.js";
import { fingerMoved, renderFinger, startFinger } from "/page/finger.js";
import { renderPayee, startPayee } from "/page/payee.js";
import { startSupervisor } from "/page/supervisor.js";

const at = (id) => document.getElementById(id);
const show = (id, shown) => { at(id).hidden = !shown; };
const text = (id, value) => { at(id).textContent = value ?? ""; };

/** Makes an element; children are text or elements. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}
const english = (value) => make("small", { lang: "en" }, value);

let session = null;      // what the server last said of the session
let source = null;       // its events
let lastKey = null;      // for “read again”; forgotten with the session
let words = { checks: new Map(), groups: [], results: new Map(), reasons: new Map(), notes: new Map() };
let readers = { service: true, readers: [] };
let demo = null;
let cameras = [];        // the desk's own
let troubles = [];       // of disk, database, outbox, clock and the fleet's servers, as health last told

// ---- talking to the desk ------------------------------------------------------------------------

class Refused extends Error {
  constructor(problem) { super(problem.code); this.problem = problem; }
}

/** Asks the desk; with a token in the name of its holder, else of this page. */
async function call(method, path, body, token) {
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: token ? "omit" : "same-origin",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refused({
      code: "desk-unreachable",
      sentence: { vi: "Không liên lạc được với chương trình trên máy này.", en: "The program on this machine does not answer." },
      next_action: { vi: "Kiểm tra chương trình có đang chạy rồi tải lại trang.", en: "Check that it runs, then load the page again." },
    });
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) {
    throw new Refused(answer?.sentence ? answer : {
      code: `http-${response.status}`,
      sentence: { vi: "Có lỗi bên trong chương trình.", en: "Something broke inside the program." },
      next_action: { vi: "Thử lại.", en: "Try again." },
    });
  }
  return answer;
}

function notice(problem) {
  const close = make("button", { type: "button", "aria-label": "Đóng thông báo · Close" }, "Đóng");
  close.addEventListener("click", () => { clearNotice(); focusScan(); });
  const known = problem.known?.length ? ` (${problem.known.join(", ")})` : "";
  at("notice").replaceChildren(
    make("div", { "data-code": problem.code },
      make("b", {}, problem.sentence.vi + known),
      make("span", {}, problem.next_action.vi + " "),
      english(`${problem.sentence.en} ${problem.next_action.en}`)),
    close,
  );
  show("notice", true);
}
/** What is stale of the trust: said to the clerk before a card ends undetermined for it. */
async function refreshHealth() {
  const health = await fetch("/v1/health").then((answer) => answer.json()).catch(() => null);
  const alarms = health?.trust?.alarms ?? [];
  at("trust-alarm").replaceChildren(...alarms.map((alarm) =>
    make("div", { "data-code": alarm.code }, make("b", {}, alarm.vi), english(alarm.en))));
  show("trust-alarm", alarms.length > 0);
  cameras = health?.cameras ?? [];
  const fleet = health?.fleet?.fault ? [health.fleet.fault] : [];
  troubles = [...(health?.troubles ?? []), ...fleet];
  renderDevices(health?.scanners ?? []);
}
/** That, and scanners that give nothing at present; and what to do. */
function renderDevices(scanners) {
  const faulty = [
    ...troubles.map((fault) => ({ name: fault.code, fault })),
    ...scanners.filter((one) => one.fault),
  ];
  at("device-alarm").replaceChildren(...faulty.map(({ name, fault }) =>
    make("div", { "data-code": fault.code, "data-device": name },
      make("b", {}, `${fault.sentence.vi} (${name})`), make("span", {}, fault.next_action.vi + " "),
      english(`${fault.sentence.en} ${fault.next_action.en}`))));
  show("device-alarm", faulty.length > 0);
}
function clearNotice() { show("notice", false); at("notice").replaceChildren(); }

async function attempt(work) {
  try {
    return await work();
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    notice(refused.problem);
    return null;
  }
}

// ---- pairing ------------------------------------------------------------------------------------

async function pair() {
  const secret = new URLSearchParams(location.hash.slice(1)).get("pair");
  history.replaceState(null, "", location.pathname);
  try {
    return await call("GET", "/v1/whoami");   // this browser is paired already
  } catch (refused) {
    if (!secret) throw refused;
    return call("POST", "/v1/pair", { secret });
  }
}

// ---- the scan -----------------------------------------------------------------------------------

const active = () => session && ["created", "key-wanted", "card-wanted", "reading", "biometrics"].includes(session.state);

/** How many lines of that many characters a machine readable zone has (ICAO 9303-4, -5, -6). */
const ZONE_LINES = { 30: 3, 36: 2, 44: 2 };

/** How long the next line of a zone is waited for, in milliseconds: a clerk may type it. */
const NEXT_LINE = 60_000;

/** The lines come one by one from a scanner, each with Enter: lines of one length, and no more of them than
 * a zone has. Anything else ends what had begun. */
let zone = [], zoneTimer = null;
function dropZone() {
  clearTimeout(zoneTimer);
  zone = [];
  text("scan-hint", "");
}
function wholeScan(value) {
  // What a scanner puts around a line: start and end of text, byte order mark.
  const bare = value.replace(/[\s\u0002\u0003\ufeff]/g, "");
  const lines = ZONE_LINES[bare.length];
  const isLine = lines && /^[A-Z0-9<]+$/i.test(bare) && !/^\d+$/.test(bare);
  if (!isLine || (zone.length && zone[0].length !== bare.length)) dropZone();
  if (!isLine) return value;
  zone.push(bare);
  if (zone.length < lines) {
    clearTimeout(zoneTimer);
    zoneTimer = setTimeout(dropZone, NEXT_LINE);
    text("scan-hint", `Đã nhận ${zone.length}/${lines} dòng MRZ · ${zone.length} of ${lines} MRZ lines`);
    return null;
  }
  const whole = zone.join("\n");
  dropZone();
  return whole;
}

// ---- scanners with a line of their own --------------------------------------------------------------

/** Whether a scanner stands beside the reader of this page, or beside none. */
function isOurs(told) {
  const own = active() ? session.reader : readers.readers.length > 1 ? at("reader").value : null;
  return !told.reader || !own || own.includes(told.reader);
}

/** What became of a scan. The page learns what was scanned from its own session alone. */
async function scanned(told) {
  if (!isOurs(told)) return;
  if (told.taken) { if (told.session === session?.id) clearNotice(); return; }
  if (!told.held) {
    if (told.session !== session?.id || !session?.proposal) notice(told);
    return;
  }
  if (active()) {
    notice({
      code: "busy",
      sentence: { vi: "Đang phục vụ người trước.", en: "The person before is still being served." },
      next_action: { vi: "Chờ kết quả hoặc hủy phiên rồi quét lại.", en: "Wait for the result, or cancel, then scan again." },
    });
    return;
  }
  clearNotice();
  const old = session;
  let view;
  try {
    view = await call("POST", "/v1/sessions", { ...opening(), held_scan: told.held });
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    // Another page was quicker, and serves the person.
    if (refused.problem.code !== "scan-gone") notice(refused.problem);
    return;
  }
  lastKey = null;
  leave();
  if (old && !old.cleared) await call("DELETE", `/v1/sessions/${old.id}`).catch(() => null);
  attach(view);
}

function renderProposal() {
  const proposal = session?.proposal;
  show("proposal", Boolean(proposal));
  text("proposal-said", proposal?.sentence.vi);
  text("proposal-said-en", proposal?.sentence.en);
  text("proposal-lines", proposal?.lines.join("\n"));
}
async function answerProposal(right) {
  const { id, proposal } = session;
  clearNotice();
  await attempt(async () => receive(await call("POST", `/v1/sessions/${id}/proposal`, { number: proposal.number, right })));
  focusScan();
}

async function take(key) {
  clearNotice();
  if (session && ["reading", "biometrics"].includes(session.state)) {
    notice({
      code: "busy",
      sentence: { vi: "Đang đọc thẻ của người trước.", en: "The card before is still being read." },
      next_action: { vi: "Chờ kết quả hoặc hủy phiên rồi quét lại.", en: "Wait for the result, or cancel, then scan again." },
    });
    return;
  }
  await attempt(async () => {
    if (!active()) await open();
    lastKey = key;
    const id = session.id;
    try {
      receive(await call("POST", `/v1/sessions/${id}/key`, key));
    } catch (refused) {
      lastKey = null;
      throw refused;
    }
  });
}

async function open() {
  await forget();
  attach(await call("POST", "/v1/sessions", opening()));
}

/** What the next session is for. */
function opening() {
  const chosen = at("reader").value;
  const body = { purpose: at("purpose").value };
  if (at("case-ref").value.trim()) body.case_ref = at("case-ref").value.trim();
  if (readers.readers.length > 1 && chosen) body.reader = chosen;
  if (demo && at("policy").value) body.policy = at("policy").value;
  return body;
}

/** Lets go of the session that is shown: the server drops the person's data, and so does the page. */
async function forget() {
  const old = session;
  leave();
  if (old && !old.cleared) await call("DELETE", `/v1/sessions/${old.id}`).catch(() => null);
}

function leave() {
  source?.close();
  source = null;
  session = null;
  render();
}

function attach(view) {
  source?.close();
  session = view;
  source = new EventSource(`/v1/sessions/${view.id}/events`);
  source.addEventListener("session", (event) => receive(JSON.parse(event.data)));
  source.addEventListener("progress", (event) => {
    if (session?.state === "reading") { session.progress = JSON.parse(event.data); renderReading(); }
  });
  source.addEventListener("finger", (event) => fingerMoved(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    // The stream ends with its session; a page that shows a person then shows nobody.
    if (source?.readyState === EventSource.CLOSED) { lastKey = null; leave(); }
  });
  render();
}

function receive(view) {
  // An answer may arrive after the events that came later than it.
  if (!session || view.id !== session.id || view.revision < session.revision) return;
  session = view;
  if (view.cleared && ["decided", "reported"].includes(view.state)) {
    lastKey = null;
    leave();
    return;
  }
  render();
  if (demo && ["decided", "reported"].includes(view.state)) refreshReceived();
}

// ---- what is shown ------------------------------------------------------------------------------

const BANNERS = {
  idle: ["idle", "▤", "Quét mã QR trên thẻ", "Scan the QR code of the card"],
  "key-wanted": ["idle", "▤", "Quét mã QR trên thẻ", "Scan the QR code of the card"],
  "card-wanted": ["wait", "▭", "Đặt thẻ lên đầu đọc", "Lay the card on the reader"],
  reading: ["wait", "…", "Đang đọc – giữ yên thẻ", "Reading – keep the card still"],
  lifted: ["wait", "▭", "Đặt lại thẻ để đọc tiếp", "Lay the card back to go on"],
  biometrics: ["wait", "…", "Đang ghi kết quả", "Recording the result"],
  person: ["wait", "◉", "So người trước mặt với thẻ", "Compare the person with the card"],
  verified: ["verified", "✓", "ĐÃ XÁC MINH", "Verified"],
  not_verified: ["not_verified", "✕", "KHÔNG XÁC MINH", "Not verified"],
  undetermined: ["undetermined", "?", "CHƯA KẾT LUẬN", "Undetermined – not verified"],
  unreadable: ["unreadable", "↻", "KHÔNG ĐỌC ĐƯỢC THẺ", "The card could not be read"],
  cancelled: ["ended", "–", "Phiên đã hủy", "Session cancelled"],
  expired: ["ended", "–", "Hết thời gian chờ", "The time ran out"],
  failed: ["ended", "!", "Phiên bị dừng do lỗi", "The session was stopped by a fault"],
};
const STEP_OF = {
  "card-wanted": "card", reading: "read", biometrics: "person", decided: "report", reported: "end",
};
/** Checks in which the person in front had a part. */
const OF_THE_PERSON = ["face", "clerk-look", "fingerprint"];
const FIELDS = [
  ["personal_number", "Số định danh", "Personal number", "number"],
  ["name", "Họ và tên", "Name", "name"],
  ["birth_date", "Ngày sinh", "Date of birth"],
  ["sex", "Giới tính", "Sex"],
  ["nationality", "Quốc tịch", "Nationality"],
  ["place_of_origin", "Quê quán", "Place of origin"],
  ["residence", "Nơi thường trú", "Residence"],
  ["issue_date", "Ngày cấp", "Date of issue"],
  ["expiry_date", "Có giá trị đến", "Date of expiry"],
  ["old_number", "Số CMND cũ", "Old number"],
];
const ALWAYS = ["personal_number", "name", "birth_date"];
const SEX = { M: "Nam", F: "Nữ" };

const day = (value) => {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value ?? "");
  return parts ? `${parts[3]}/${parts[2]}/${parts[1]}` : value;
};

function render() {
  const state = session?.state ?? "idle";
  const verdict = session?.verdict?.verdict ?? null;
  document.body.dataset.state = state;
  document.body.dataset.verdict = verdict ?? "";
  // In the demo even a verdict without any anchor is worth nothing.
  show("test", Boolean(session?.verdict && (session.verdict.test || demo)));
  renderSteps(state);
  // While a card is read the banner follows its progress.
  const compared = state === "biometrics" && session.person;
  if (verdict || state !== "reading" || !session.progress) renderBanner(verdict ?? (compared ? "person" : state));
  renderReading();
  renderPerson(verdict);
  renderCompare();
  renderFinger();
  renderProposal();
  renderPayee();
  renderExplanation();
  renderReconciliation();
  renderReport();
  renderChecks();
  show("guide", !session || ["key-wanted", "card-wanted"].includes(state));
  const over = session && !active();
  show("next-person", Boolean(over));
  show("cancel", Boolean(active()));
  show("again", Boolean(over && lastKey && (verdict === "unreadable" || ["expired", "failed"].includes(state))));
  tick();
}

function renderSteps(state) {
  // Nobody is compared where the policy does not ask for it.
  const compared = Boolean(session?.person)
    || session?.verdict?.checks?.some((check) => OF_THE_PERSON.includes(check.id) && check.result !== "not_performed");
  show("step-person", Boolean(compared));
  const steps = [...at("steps").children].filter((step) => !step.hidden);
  let wanted = STEP_OF[state] ?? "key";
  if (wanted === "person" && !compared) wanted = "read";
  const found = steps.findIndex((step) => step.dataset.step === wanted);
  const now = found < 0 ? steps.length : found;
  steps.forEach((step, index) => {
    step.querySelector("b").textContent = String(index + 1);
    const where = index < now ? "done" : index === now ? "now" : "later";
    step.dataset.at = where;
    if (where === "now") step.setAttribute("aria-current", "step"); else step.removeAttribute("aria-current");
  });
}

let shownBanner = null;
function renderBanner(kind) {
  const [look, sign, title, titleEn] = BANNERS[kind] ?? BANNERS.idle;
  if (shownBanner === kind) return;   // said once, not at each event
  shownBanner = kind;
  at("head").dataset.kind = look;
  text("banner-sign", sign);
  text("banner-title", title);
  text("banner-title-en", titleEn);
}

function renderReading() {
  const progress = session?.state === "reading" ? session.progress : null;
  show("reading", Boolean(progress));
  if (!progress) return;
  at("bar").value = progress.percent;
  at("reading").dataset.lifted = String(progress.lifted);
  renderBanner(progress.lifted ? "lifted" : "reading");
  const part = progress.phase;
  const bytes = part ? `${part.bytes.toLocaleString("vi")}${part.total ? ` / ${part.total.toLocaleString("vi")}` : ""} byte` : "";
  at("phase").replaceChildren(
    make("span", {}, progress.title.vi, " ", english(progress.title.en)),
    make("span", {}, `${bytes} · ${progress.percent}%`),
  );
}

function renderPerson(verdict) {
  const face = session?.face ?? session?.claimed ?? null;
  const trust = !face ? "none" : session.person ? "person" : session.claimed ? (session.claimed_is_signed ? "signed" : "claimed") : verdict === "verified" ? "verified" : "open";
  at("person").dataset.trust = trust;
  const [vi, en] = {
    none: ["Chưa có thông tin", "Nothing read yet"],
    claimed: ["Đã đọc, chưa xác minh", "Read, not yet verified"],
    signed: ["Có chữ ký nhà nước, đang thử chip gốc", "Signed by the issuer; the chip is being proven"],
    person: ["Đã đọc, còn phải so người", "Read; the person is still to be compared"],
    verified: ["Đã xác minh", "Verified"],
    open: ["Chưa được xác minh", "Not verified"],
  }[trust];
  at("trust").replaceChildren(vi + " ", english(en));
  const rows = [];
  for (const [key, label, labelEn, look] of FIELDS) {
    let value = face?.[key];
    if (!value && !ALWAYS.includes(key)) continue;
    if (key.endsWith("_date")) value = day(value);
    if (key === "sex") value = SEX[value] ?? value;
    rows.push(make("div", {},
      make("dt", {}, label + " ", english(labelEn)),
      make("dd", { class: value ? look : "none", "data-field": key }, value || "—")));
  }
  at("fields").replaceChildren(...rows);
  const picture = at("portrait");
  if (session?.portrait) {
    if (picture.getAttribute("src") !== session.portrait) picture.src = session.portrait;
  } else {
    picture.removeAttribute("src");
  }
  picture.hidden = !session?.portrait;
  show("no-portrait", !session?.portrait);
}

function renderExplanation() {
  const told = session?.explanation;
  show("explanation", Boolean(told));
  at("explanation").dataset.code = told?.code ?? "";
  text("sentence", told?.sentence.vi);
  text("sentence-en", told?.sentence.en);
  text("next-action", told?.next_action.vi);
  text("next-action-en", told?.next_action.en);
}

function renderReport() {
  const report = session?.report;
  show("report", Boolean(report));
  if (!report) { at("report").replaceChildren(); return; }
  at("report").dataset.state = report.state;
  at("report").dataset.reason = report.reason ?? "";
  const signs = { delivered: "✓ ", refused: "✕ ", waiting: "… ", "not-due": "" };
  at("report").replaceChildren(
    signs[report.state] + report.sentence.vi + " ",
    ...(report.attempts ? [`(lần thử ${report.attempts}) `] : []),
    ...(report.next_action ? [report.next_action.vi + " "] : []),
    english([report.sentence.en, report.next_action?.en].filter(Boolean).join(" ")),
    ...(report.receipt_id ? [make("b", { id: "receipt" }, `Biên nhận ${report.receipt_id}`)] : []),
  );
}

const RECORDED = { ...Object.fromEntries(FIELDS.map(([key, vi, en]) => [key, [vi, en]])),
  social_insurance_number: ["Mã số bảo hiểm xã hội", "Social insurance number"] };

/** What is on record beside what the card says: only what differs, each with what is proposed. */
function renderReconciliation() {
  const found = session?.reconciliation ?? null;
  show("reconciliation", Boolean(found));
  if (!found) { at("reconciliation-fields").replaceChildren(); return; }
  const told = (field, value) => (field === "birth_date" ? day(value) : value) ?? "—";
  const rows = found.filter((one) => one.difference !== "same").map((one) => {
    const [vi, en] = RECORDED[one.field] ?? [one.field, ""];
    return make("div", { "data-field": one.field, "data-difference": one.difference },
      make("dt", {}, vi + " ", english(en)),
      make("dd", {}, one.sentence.vi + " ", english(one.sentence.en)),
      make("dd", { class: "values" }, `${told(one.field, one.on_record)} → ${told(one.field, one.on_card)}`),
      ...(one.proposal ? [make("dd", { class: "proposal" }, "Đề nghị sửa thành ", make("b", {}, told(one.field, one.proposal)), " ", english("Proposed correction"))] : []));
  });
  at("reconciliation-fields").replaceChildren(...(rows.length ? rows
    : [make("div", {}, make("dd", {}, "Hồ sơ đang lưu trùng với thẻ. ", english("The record agrees with the card.")))]));
}

const GLYPHS = { successful: "✓", failed: "✕", undetermined: "?", not_supported: "–", aborted: "↻", not_performed: "○" };
let shownChecks = null;

function renderChecks() {
  const checks = session?.verdict?.checks ?? null;
  show("checks", Boolean(checks));
  if (!checks) { shownChecks = null; at("check-list").replaceChildren(); return; }
  if (shownChecks === session.id) return;   // what the clerk unfolded stays so
  shownChecks = session.id;
  const counts = new Map();
  for (const check of checks) counts.set(check.result, (counts.get(check.result) ?? 0) + 1);
  text("check-count", [...words.results].filter(([id]) => counts.has(id))
    .map(([id, title]) => `${counts.get(id)} ${title.vi.toLowerCase()}`).join(" · "));
  // What is wrong first: nobody has to look for it.
  const wrong = checks.filter((check) => ["failed", "aborted", "undetermined"].includes(check.result));
  const parts = [];
  if (wrong.length) {
    parts.push(make("p", { class: "group" }, "Cần chú ý ", english("Needs attention")));
    parts.push(...wrong.map((check) => checkRow(check, true)));
  }
  for (const group of words.groups) {
    const members = checks.filter((check) => !wrong.includes(check) && words.checks.get(check.id)?.group === group.id);
    if (!members.length) continue;
    parts.push(make("p", { class: "group" }, group.title.vi + " ", english(group.title.en)));
    parts.push(...members.map((check) => checkRow(check, false)));
  }
  at("check-list").replaceChildren(...parts);
}

function checkRow(check, open) {
  const title = words.checks.get(check.id)?.title ?? { vi: check.id, en: "" };
  const result = words.results.get(check.result) ?? { vi: check.result, en: "" };
  const reason = check.reason ? words.reasons.get(check.reason) : null;
  const more = make("div", { class: "more" });
  if (reason) more.append(make("p", {}, reason.sentence.vi + " ", english(reason.sentence.en)));
  const facts = Object.entries(check.facts ?? {});
  if (facts.length) {
    more.append(make("dl", { class: "facts" },
      ...facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, String(value))])));
  }
  for (const note of check.notes ?? []) {
    const told = words.notes.get(note);
    more.append(make("p", {}, "Ghi chú: " + (told?.vi ?? note) + " ", english(told?.en ?? "")));
  }
  more.append(make("p", { class: "clause" }, `${check.id} · ${check.clause}${check.reason ? ` · ${check.reason}` : ""}`));
  const row = make("details", { class: "check", "data-id": check.id, "data-result": check.result },
    make("summary", {},
      make("span", { class: "glyph", "aria-hidden": "true" }, GLYPHS[check.result] ?? "·"),
      make("span", {}, title.vi + " ", english(title.en)),
      make("span", { class: "result" }, result.vi + " ", english(result.en))),
    more);
  row.open = open;
  return row;
}

function tick() {
  const left = session?.clears_at && !session.cleared ? (Date.parse(session.clears_at) - Date.now()) / 1000 : null;
  if (left === null) { at("clears").replaceChildren(); return; }
  const whole = Math.max(0, Math.ceil(left));
  const clock = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  at("clears").replaceChildren(`Tự xóa sau ${clock} `, english("cleared then"));
}

function renderReaders() {
  const list = readers.readers;
  const ok = readers.service && list.length > 0;
  const [vi, en] = !readers.service
    ? ["Dịch vụ đầu đọc đã dừng – đang chờ nối lại", "Card service is down – waiting for it"]
    : !list.length
      ? ["Chưa có đầu đọc – cắm đầu đọc thẻ", "No card reader – attach one"]
      : list.some((reader) => reader.card)
        ? ["Có thẻ trên đầu đọc", "A card lies on the reader"]
        : ["Đầu đọc sẵn sàng", "Reader ready"];
  at("reader-state").dataset.ok = ok ? "yes" : "no";
  at("reader-state").dataset.card = list.some((reader) => reader.card) ? "yes" : "no";
  at("reader-state").replaceChildren(make("span", {}, vi, english(en)));
  show("reader-field", list.length > 1);
  const chosen = at("reader").value;
  at("reader").replaceChildren(...list.map((reader) => make("option", { value: reader.name }, reader.display_name)));
  if (list.some((reader) => reader.name === chosen)) at("reader").value = chosen;
}

// ---- the demo's panel ---------------------------------------------------------------------------

async function startDemo() {
  demo = await call("GET", "/v1/demo");
  show("demo", true);
  show("demo-mark", true);
  show("policy-field", true);
  at("persona").replaceChildren(...demo.personas.map((persona) => make("option", { value: persona.name }, persona.title ?? persona.name)));
  at("policy").append(...demo.policies.filter((name) => name !== "document").map((name) => make("option", { value: name }, name)));
  const sections = new Map();
  for (const defect of demo.defects) {
    if (!sections.has(defect.section)) sections.set(defect.section, []);
    sections.get(defect.section).push(make("option", { value: defect.id }, defect.id));
  }
  at("defect").replaceChildren(
    make("option", { value: "" }, "không · none"),
    ...[...sections].map(([section, options]) => make("optgroup", { label: section }, ...options)));
  const about = () => {
    text("persona-about", persona()?.description);
    const defect = demo.defects.find((one) => one.id === at("defect").value);
    text("defect-about", defect ? `${defect.description} → ${defect.result}${defect.reason ? ` · ${defect.reason}` : ""}` : "");
  };
  const persona = () => demo.personas.find((one) => one.name === at("persona").value);
  const reader = () => at("reader").value || readers.readers[0]?.name || "";
  at("persona").addEventListener("change", about);
  at("defect").addEventListener("change", about);
  at("demo-scan").addEventListener("click", () => {
    // As a scanner with a line of its own would: with every letter.
    take(persona().qr ? { qr: persona().qr } : { mrz: persona().mrz });
    focusScan();
  });
  at("demo-lay").addEventListener("click", () => attempt(async () => {
    const defects = at("defect").value ? [at("defect").value] : [];
    await call("POST", "/v1/demo/lay", { reader: reader(), persona: at("persona").value, defects });
    focusScan();
  }));
  at("demo-lift").addEventListener("click", () => attempt(async () => {
    await call("POST", "/v1/demo/lift", { reader: reader() });
    focusScan();
  }));
  const finger = (which) => attempt(() => call("POST", "/v1/demo/finger", { persona: at("persona").value, finger: which }));
  at("demo-finger").addEventListener("click", () => finger("right-index"));
  at("demo-no-finger").addEventListener("click", () => finger(null));
  about();
  await refreshReceived();
}

async function refreshReceived() {
  const received = await call("GET", "/v1/demo/received").catch(() => []);
  at("received").replaceChildren(...[...received].reverse().map((report) => make("li", {},
    make("details", {},
      make("summary", {}, `${report.event?.type ?? "?"} · ${report.receipt_id ?? ""}`),
      make("pre", {}, JSON.stringify(report.event, null, 1))))));
}

// ---- keys and focus -----------------------------------------------------------------------------

function focusScan() { at("scan").focus({ preventScroll: true }); }

/** A scanner types wherever the focus is: what begins elsewhere than in a field goes to the scan. */
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.key.length !== 1) return;
  if (event.target.closest("input, select, textarea")) return;
  if (event.key === " " && event.target.closest("button, summary, [tabindex]")) return;
  focusScan();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("input, select, textarea, button, summary, label, [tabindex], a")) focusScan();
});

at("scan-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const value = at("scan").value;
  at("scan").value = "";
  if (!value.trim()) return;
  const whole = wholeScan(value);
  if (whole !== null) take({ scan: whole });
  focusScan();
});
at("typed-send").addEventListener("click", () => {
  const key = {
    document_number: at("typed-number").value, birth_date: at("typed-birth").value, expiry_date: at("typed-expiry").value,
  };
  for (const id of ["typed-number", "typed-birth", "typed-expiry"]) at(id).value = "";
  at("typed").open = false;
  take(key);
  focusScan();
});
at("proposal-right").addEventListener("click", () => answerProposal(true));
at("proposal-wrong").addEventListener("click", () => answerProposal(false));
at("next-person").addEventListener("click", () => { lastKey = null; clearNotice(); at("case-ref").value = ""; attempt(forget); focusScan(); });
at("cancel").addEventListener("click", () => {
  const id = session.id;
  lastKey = null;
  attempt(async () => receive(await call("DELETE", `/v1/sessions/${id}`)));
  focusScan();
});
at("again").addEventListener("click", () => {
  const key = lastKey;
  attempt(async () => { await open(); await take(key); });
  focusScan();
});

// ---- begin --------------------------------------------------------------------------------------

async function begin() {
  const parts = { call, attempt, receive, session: () => session, words: () => words, cameras: () => cameras };
  startCompare(parts);
  startFinger(parts);
  startPayee({ call, attempt, session: () => session, make, english });
  startSupervisor({ call, Refused, make, english });
  render();
  const paired = await attempt(pair);
  if (!paired) { document.body.dataset.paired = "no"; return; }
  const catalogue = await attempt(() => call("GET", "/v1/reasons"));
  if (catalogue) {
    words = {
      checks: new Map(catalogue.checks.map((check) => [check.id, check])),
      groups: catalogue.groups,
      results: new Map(catalogue.results.map((result) => [result.id, result.title])),
      reasons: new Map(catalogue.reasons.map((reason) => [reason.code, reason])),
      notes: new Map(catalogue.notes.map((note) => [note.name, note.sentence])),
    };
  }
  readers = await attempt(() => call("GET", "/v1/readers")) ?? readers;
  renderReaders();
  if (paired.demo) await attempt(startDemo);
  const listed = await attempt(() => call("GET", "/v1/sessions"));
  const open = listed?.sessions.filter((one) => !one.cleared).at(-1);
  if (open) {
    // The next person comes for the same, as before the page was loaded anew.
    at("purpose").value = open.purpose;
    at("purpose").dispatchEvent(new Event("change"));
    attach(open);
  }
  const all = new EventSource("/v1/events");
  all.addEventListener("readers", (event) => {
    readers = JSON.parse(event.data);
    renderReaders();
    document.body.dataset.live = "yes";
  });
  all.addEventListener("scan", (event) => scanned(JSON.parse(event.data)));
  all.addEventListener("scanners", (event) => renderDevices(JSON.parse(event.data).scanners));
  setInterval(tick, 1000);
  await refreshHealth();
  setInterval(refreshHealth, 60_000);
  focusScan();
}
begin();
