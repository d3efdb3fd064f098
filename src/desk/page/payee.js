// What the person whom the session confirmed is to be paid, and that it was paid. Nothing of a person is
// kept here longer than its session is shown.

const at = (id) => document.getElementById(id);

let desk = null;      // { call, attempt, session, make, english }
let shown = null;     // the session whose entries are here
let entries = [];
const paidNow = new Set();   // claims of this page's session
/** How often the desk is asked what became of a report, in milliseconds. */
const LOOK = 3_000;

const money = (amount) => `${amount.toLocaleString("vi-VN")} đ`;
const clock = (value) => new Date(value).toLocaleString("vi-VN", { timeZone: "Asia/Ho_Chi_Minh" });
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
    paidNow.clear();
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
  if (!found || desk.session()?.id !== id || !confirmed(desk.session())) return;
  entries = found.entries;
  for (const entry of entries) entry.now = paidNow.has(entry.claim?.id);
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
  if (entry.on_behalf) {
    const [vi, en] = KINDS[entry.on_behalf.kind] ?? [entry.on_behalf.kind, entry.on_behalf.kind];
    parts.push(make("p", { class: "behalf" }, `Nhận thay (${vi}), giấy tờ ${entry.on_behalf.document} `, english(`on behalf of the payee, as ${en}`)));
  }
  if (entry.claim) {
    const { claim } = entry;
    parts.push(make("p", { class: "paid", role: "status" },
      `${entry.now ? "✓ Đã chi trả" : "✕ Đã chi trả trước đây"}: bàn ${claim.desk}, ${clock(claim.at)} `,
      english(entry.now ? "Paid" : "Paid before: do not pay again")));
    const report = REPORTS[entry.report];
    if (report) parts.push(make("p", { class: "report", "data-report": entry.report }, `${report[0]} `, english(report[1])));
  } else {
    const pay = make("button", { type: "button", class: "primary", "data-entry": String(entry.entry) },
      "Đã chi trả ", english("Paid"));
    pay.addEventListener("click", () => paid(entry, pay));
    parts.push(make("div", { class: "row" }, pay));
  }
  return make("li", { "data-state": state, "data-now": entry.now ? "yes" : "no" }, ...parts);
}

async function paid(entry, button) {
  button.disabled = true;
  const id = shown;
  const body = { entry: entry.entry };
  if (entry.on_behalf) body.authorisation = entry.on_behalf.authorisation;
  const done = await desk.attempt(() => desk.call("POST", `/v1/sessions/${id}/payee/claim`, body));
  if (shown !== id) return;
  if (done) {
    paidNow.add(done.claim);
    Object.assign(entry, { now: true, claim: { desk: "này", at: done.at } });
    draw();
    await refresh(id);
  } else {
    // Refused: whoever was faster stands in the entries now.
    await refresh(id);
  }
}

/** Begins; `parts` is what the page shares. */
export function startPayee(parts) {
  desk = parts;
}
