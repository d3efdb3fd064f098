// What the person whom the session confirmed is to be paid, and that it was paid. Nothing of a person is
// kept here longer than its session is shown.

const at = (id) => document.getElementById(id);

import { askUndo } from "/page/supervisor.js";
import { clock, money } from "/page/writing.js";

let desk = null;      // { call, attempt, session, make, english }
let shown = null;     // the session whose entries are here
let entries = [];
const underWay = new Set();   // entries whose payment is being recorded
/** How often the desk is asked what became of a report, in milliseconds. */
const LOOK = 3_000;

const KINDS = { relative: ["người thân", "relative"], guardian: ["người giám hộ", "guardian"], attorney: ["người được ủy quyền", "attorney"] };

const REPORTS = {
  waiting: ["… Đang gửi báo cáo chi trả.", "The payment's report is being sent."],
  delivered: ["✓ Hệ thống hồ sơ đã nhận báo cáo chi trả.", "The case system has the payment's report."],
  refused: ["✕ Hệ thống hồ sơ từ chối báo cáo chi trả. Báo người phụ trách.", "The case system refused the payment's report. Tell the operator."],
};

/** Whether the session confirmed a person for a payment. */
function confirmed(session) {
  return session?.purpose === "benefit-payment" && session.policy === session.purpose && !session.cleared
    && session.verdict?.verdict === "verified" && ["decided", "reported"].includes(session.state);
}

/** Shows the entries of the session, and asks for them once. */
export function renderPayee() {
  const session = desk.session();
  at("payee-list").hidden = !session?.payee_list;
  at("payee-list-name").textContent = session?.payee_list ?? "";
  if (!confirmed(session)) {
    shown = null;
    entries = [];
    underWay.clear();
    at("payee").hidden = true;
    at("payee-entries").replaceChildren();
    return;
  }
  if (shown === session.id) return;
  shown = session.id;
  refresh(session.id);
}

async function refresh(id) {
  const found = await desk.attempt(() => desk.call("GET", `/v1/sessions/${id}/payee`));
  // Another person may be here by now.
  if (shown !== id || desk.session()?.id !== id || !confirmed(desk.session())) return;
  if (!found) {
    // What is to be paid is not known: asked for again, as the clerk can do nothing else here.
    setTimeout(() => { if (shown === id) refresh(id); }, LOOK);
    return;
  }
  entries = found.entries;
  // Of this very session, so that a page that was loaded anew, or lost an answer, still says so.
  for (const entry of entries) entry.now = entry.claim?.session === id;
  draw();
  follow(id);
}

/** Looks again while a report is under way. */
function follow(id) {
  if (!entries.some((entry) => entry.report === "waiting")) return;
  setTimeout(() => { if (shown === id) refresh(id); }, LOOK);
}

function draw() {
  const { make, english } = desk;
  at("payee").hidden = false;
  at("payee").dataset.count = String(entries.length);
  if (!entries.length) {
    const list = desk.session().payee_list;
    at("payee-entries").replaceChildren(make("p", { class: "none", "data-code": "payee-no-entry" },
      list ? `Người này không có trong danh sách ${list}: không chi trả. ` : "Người này không có trong danh sách chi trả hôm nay: không chi trả. ",
      english(list ? "The person is not on this list: pay nothing." : "The person is on no list that is paid today: pay nothing.")));
    return;
  }
  at("payee-entries").replaceChildren(...entries.map(row));
}

function row(entry) {
  const { make, english } = desk;
  const state = entry.claim ? "claimed" : "open";
  const parts = [
    make("p", {}, make("b", { class: "amount" }, money(entry.amount)), ` · kỳ ${entry.period} · ${entry.issuer} `, english(`list ${entry.list}`)),
    make("p", {}, `Trong danh sách: ${entry.name} `, english("on the list")),
  ];
  const warn = (code, vi, en) => parts.push(make("p", { class: "warn", "data-code": code }, `${vi} `, english(en)));
  if (!entry.signed) warn("unsigned", "Danh sách không có chữ ký.", "Nobody signed the list.");
  if (entry.differs.includes("name")) warn("name", "Họ tên trong danh sách khác trên thẻ: hỏi lại trước khi chi.", "The name on the list is not that of the card: ask before paying.");
  if (entry.differs.includes("birth_date")) warn("birth_date", "Ngày sinh trong danh sách khác trên thẻ: hỏi lại trước khi chi.", "The birth date on the list is not that of the card: ask before paying.");
  for (const other of entry.also_on ?? []) {
    warn("also-on", `Cùng kỳ còn có trong danh sách ${other.list}, ${money(other.amount)}${other.paid_at ? `, đã chi ở bàn ${other.paid_desk} lúc ${clock(other.paid_at)}` : ""}: hỏi người phụ trách trước khi chi.`,
      "The same period stands on another list too: ask the supervisor before paying.");
  }
  if (entry.on_behalf) {
    const [vi, en] = KINDS[entry.on_behalf.kind] ?? [entry.on_behalf.kind, entry.on_behalf.kind];
    parts.push(make("p", { class: "behalf" }, `Nhận thay (${vi}), giấy tờ ${entry.on_behalf.document} `, english(`on behalf of the payee, as ${en}`)));
  }
  if (entry.claim) {
    const { claim } = entry;
    parts.push(make("p", { class: "paid", role: "status" },
      `${entry.now ? "✓ Đã ghi nhận chi trả, đưa tiền cho người nhận" : "✕ Đã chi trả trước đây"}: bàn ${claim.desk}, ${clock(claim.at)} `,
      english(entry.now ? "Recorded in this session: hand over the money" : "Paid before: do not pay again")));
    const report = REPORTS[entry.report];
    if (report) parts.push(make("p", { class: "report", "data-report": entry.report }, `${report[0]} `, english(report[1])));
    const undo = make("button", { type: "button", class: "undo" }, "Hủy ghi nhận (người phụ trách) ", english("Undo, by a supervisor"));
    undo.addEventListener("click", () => askUndo(claim.id, () => { if (shown) refresh(shown); }));
    parts.push(make("div", { class: "row" }, undo));
  } else {
    const pay = make("button", { type: "button", class: "primary", "data-entry": String(entry.entry) },
      "Ghi nhận chi trả ", english("Record the payment"));
    pay.disabled = underWay.has(entry.entry);
    pay.addEventListener("click", () => record(entry));
    parts.push(make("div", { class: "row" }, pay, make("span", { class: "hint" },
      "Ghi nhận trước, hiện ✓ rồi mới đưa tiền. ", english("Hand over the money when ✓ is shown, not before."))));
  }
  return make("li", { "data-state": state, "data-now": entry.now ? "yes" : "no" }, ...parts);
}

async function record(entry) {
  const id = shown;
  if (underWay.has(entry.entry)) return;
  underWay.add(entry.entry);
  draw();
  const body = { entry: entry.entry };
  if (entry.on_behalf) body.authorisation = entry.on_behalf.authorisation;
  await desk.attempt(() => desk.call("POST", `/v1/sessions/${id}/payee/claim`, body));
  if (shown !== id) return;
  underWay.delete(entry.entry);
  // Recorded, refused, or an answer that was lost: what stands in the desk's book decides what is shown.
  await refresh(id);
}

/** Begins; `parts` is what the page shares. */
export function startPayee(parts) {
  desk = parts;
}
